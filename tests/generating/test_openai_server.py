import pytest
from contracts.generator import MESSAGES, GeneratorContract
from generating.scripted_server import PIECES, scripted_server

from pincite import GeneratorError, ServerGenerator


@pytest.fixture(scope="module")
def server():
    with scripted_server() as server:
        yield server


class TestServerGenerator(GeneratorContract):
    @pytest.fixture
    def generator(self, server):
        return ServerGenerator(server.url)


def answer(server, model, **options):
    return list(ServerGenerator(server.url, model=model, **options).generate(MESSAGES, max_tokens=9))


def test_what_is_asked_for(server):
    assert answer(server, "good", key="secret") == list(PIECES)
    headers, asked = server.requests[-1]
    assert headers["authorization"] == "Bearer secret"
    assert asked == {"model": "good", "messages": MESSAGES, "max_tokens": 9, "temperature": 0, "stream": True}


def test_the_first_model_is_taken_and_its_context_believed(server):
    generator = ServerGenerator(server.url)
    assert generator.name == "good"
    assert generator.context_size == 4096
    assert ServerGenerator(server.url, context_size=100).context_size == 100


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("cut", "cut off after 9 tokens"),
        ("truncated", "ended before the answer was whole"),
        ("killed", "broke off|no connection"),
        ("torn", "broke off|no connection"),
        ("malformed", "broke off"),
        ("wrong", "broke off|ended before"),
        ("compressed", "compressed, which was not asked for"),
        ("page", "ended before the answer|broke off"),
        ("error", "the GPU ran out of memory"),
        ("busy", r"busy \(429\)"),
        ("failing", "status 500: .*out of memory"),
        ("unknown", "status 404: .*no such model"),
        ("locked", "status 401: .*a key is needed"),
    ],
)
def test_what_goes_wrong_is_one_line(server, model, said):
    with pytest.raises(GeneratorError, match=said) as raised:
        answer(server, model)
    assert "\n" not in str(raised.value)
    assert server.url in str(raised.value)


def test_a_response_without_end_is_broken_off(server, monkeypatch):
    monkeypatch.setattr("pincite.generating.bounding.MOST_BYTES", 1_000_000)
    with pytest.raises(GeneratorError, match="more than 1 MB were sent"):
        answer(server, "lineless")
    with pytest.raises(GeneratorError, match="more than 1 MB were sent"):
        answer(server, "endless")
    monkeypatch.setattr("pincite.generating.bounding.MOST_BYTES", 1_000_000_000)
    monkeypatch.setattr("pincite.generating.bounding.MOST_SECONDS", 0.2)
    with pytest.raises(GeneratorError, match=r"not done within 0\.2 seconds"):
        answer(server, "endless")


@pytest.mark.parametrize(
    ("listed", "name", "size"),
    [
        ([{"id": 7}, {"id": "a\n\x1b[31mb\ud83d\u202ec", "meta": "n_ctx"}], "a[31mbc", 4096),
        ([{"id": "b" * 9_000, "meta": {"n_ctx": "many"}, "max_model_len": -1}], "b" * 200, 4096),
        ([{"id": "\u202e"}], "the model", 4096),
    ],
)
def test_what_a_server_lists_is_no_name_to_be_printed(server, monkeypatch, listed, name, size):
    monkeypatch.setattr(server, "listed", listed)
    generator = ServerGenerator(server.url)
    assert (generator.name, generator.context_size) == (name, size)


@pytest.mark.parametrize("model", ["hanging", "silent"])
def test_a_server_that_hangs_is_left(server, model):
    with pytest.raises(GeneratorError, match=r"within the time limit|broke off"):
        answer(server, model, timeout=0.3)


def test_a_server_that_is_away():
    with scripted_server() as gone:
        url = gone.url
    with pytest.raises(GeneratorError, match="is the server running"):
        list(ServerGenerator(url, model="good").generate(MESSAGES, max_tokens=9))
    with pytest.raises(GeneratorError, match="is the server running"):
        _ = ServerGenerator(url).name


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.7:8080/v1",
        "https://llm.example/v1",
        "http://127.0.0.1.llm.example/v1",
        "http://localhost.llm.example/v1",
        "http://localhost@llm.example/v1",
        "http://[2001:db8::1]/v1",
    ],
)
def test_other_machines_are_refused_unless_wanted(url):
    with pytest.raises(GeneratorError, match="expected a language model on this machine"):
        ServerGenerator(url)
    ServerGenerator(url, remote=True)


@pytest.mark.parametrize("url", ["", "127.0.0.1:8080", "file:///etc/passwd", "http://", "http://[::1/v1"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(GeneratorError, match="expected an address"):
        ServerGenerator(url)


def test_no_proxy_no_redirect_and_no_key_of_the_environment(server, monkeypatch):
    with scripted_server() as other:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "OPENAI_BASE_URL"):
            monkeypatch.setenv(name, other.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-private")
        monkeypatch.setenv("OPENAI_ORG_ID", "org-private")
        assert answer(server, "good") == list(PIECES)
        assert "private" not in str(server.requests[-1][0])
        server.elsewhere = f"{other.url}/chat/completions"
        with pytest.raises(GeneratorError, match="status 307"):
            answer(server, "redirecting")
        assert other.requests == []
