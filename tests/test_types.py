import pytest

from pincite.errors import QuestionError
from pincite.types import Scope


@pytest.mark.parametrize("field", ["docs", "sections"])
def test_a_scope_of_one_text_is_refused(field):
    with pytest.raises(QuestionError, match=r"one\.txt.*comma"):
        Scope(**{field: "one.txt"})
