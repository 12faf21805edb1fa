import pytest

from pincite.checking import Statement, StatementReader, is_refusal


def read(text, size=1):
    reader = StatementReader()
    said = [each for i in range(0, len(text), size) for each in reader.feed(text[i : i + size])]
    return [*said, *reader.end()]


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NATO was founded in 1949. [1]", [("NATO was founded in 1949.", (1,))]),
        ("NATO was founded in 1949 [1].", [("NATO was founded in 1949.", (1,))]),
        ("One ally left [2][3]. It is back [1, 4].", [("One ally left.", (2, 3)), ("It is back.", (1, 4))]),
        ("The first one. [1] The second one.", [("The first one.", (1,)), ("The second one.", ())]),
        ("[1] 1949", [("1949", (1,))]),
        ("It is so (passage 2).", [("It is so.", (2,))]),
        (
            "Dr. Smith paid 3.5 million. Prof. Jones did not.",
            [("Dr. Smith paid 3.5 million.", ()), ("Prof. Jones did not.", ())],
        ),
        ("- **Speed** is first [1]\n- Care is second [2]\n", [("Speed is first", (1,)), ("Care is second", (2,))]),
        ("Answer: It is 42.", [("It is 42.", ())]),
        ("According to the passages, it is 42.", [("It is 42.", ())]),
        ("Sure, here is the answer:\n\nIt is 42.", [("It is 42.", ())]),
        ("It is 42. It is 42. It is 43.", [("It is 42.", ()), ("It is 43.", ())]),
        ("See [the site](http://evil.example/?q=1) now.", [("See the site now.", ())]),
        ("Look ![x](http://evil.example/a.png) here.", [("Look here.", ())]),
        ("A <img src=x onerror=alert(1)> tag <|im_end|> here.", [("A tag here.", ())]),
        ("\u202eIt is\u200b 42.", [("It is 42.", ())]),
        ("Keep [this] and [[that]].", [("Keep (this) and ((that)).", ())]),
        ("[1]", []),
        ("[1] [2]\n\n...", []),
        ("", []),
        ("   \n ", []),
    ],
)
def test_a_stream_is_cut_into_statements_however_it_arrives(text, expected, size):
    assert read(text, size) == [Statement(said, named) for said, named in expected]


def test_a_statement_is_given_as_soon_as_nothing_more_can_belong_to_it():
    reader = StatementReader()
    assert list(reader.feed("NATO was founded in 1949.")) == []
    assert list(reader.feed(" [")) == []
    assert list(reader.feed("1]")) == []
    assert list(reader.feed(" I")) == [Statement("NATO was founded in 1949.", (1,))]


@pytest.mark.parametrize(
    "text",
    [
        "The passages do not say.",
        "The provided text doesn't mention the budget.",
        "There is no information about that.",
        "I cannot answer this question.",
        "The name is not specified in the passages.",
        "None of the documents contains it, so the context does not provide an answer.",
    ],
)
def test_a_refusal_is_known(text):
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "NATO does not have an army of its own.",
        "The alliance did not invoke Article 5 before 2001.",
        "No member may leave without notice.",
    ],
)
def test_a_denial_is_no_refusal(text):
    assert not is_refusal(text)
