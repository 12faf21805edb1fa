import sys

import pytest

from pincite import GeneratorError, MissingExtra, ServerGenerator, open_generator
from pincite.generating import GGUFGenerator


def test_an_address_is_a_server():
    assert isinstance(open_generator("http://127.0.0.1:9/v1", model="m"), ServerGenerator)


def test_a_file_is_a_gguf_file(tmp_path):
    path = tmp_path / "some.gguf"
    path.write_bytes(b"GGUF and more")
    generator = open_generator(str(path), context_size=99)
    assert isinstance(generator, GGUFGenerator)
    assert (generator.name, generator.context_size) == ("some", 99)
    path.write_bytes(b"PK")
    with pytest.raises(GeneratorError, match="expected a GGUF file"):
        open_generator(str(path))


@pytest.mark.parametrize("where", ["", "no/such/file.gguf"])
def test_nothing_is_an_error(where, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GeneratorError, match=r"expected an address|cannot load the model"):
        open_generator(where)


def test_a_damaged_model_is_an_error_when_it_is_asked(tmp_path):
    path = tmp_path / "damaged.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(GeneratorError, match=r"damaged\.gguf: cannot load the model"):
        open_generator(str(path)).count_tokens("x")


@pytest.mark.parametrize(
    ("package", "extra", "where"), [("openai", "llm", "http://127.0.0.1:9/v1"), ("xllamacpp", "gguf", "x.gguf")]
)
def test_a_missing_package_names_its_extra(package, extra, where, monkeypatch, tmp_path):
    (tmp_path / "x.gguf").write_bytes(b"GGUF")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf"pip install 'pincite\[{extra}\]'"):
        open_generator(where)
