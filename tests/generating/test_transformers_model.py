import pytest
from contracts.generator import MESSAGES, GeneratorContract

from pincite import GeneratorError, TransformersGenerator

transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.slow  # torch and transformers take seconds to import

TEMPLATE = "{% for m in messages %}<{{ m.role }}> {{ m.content }} {% endfor %}<assistant>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model of random weights that knows single characters."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: i for i, token in enumerate(["<end>", *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<end>", chat_template=TEMPLATE, model_max_length=512
    )
    torch.manual_seed(3)
    config = transformers.LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=512,
        eos_token_id=0,
        bos_token_id=None,
    )
    model = transformers.LlamaForCausalLM(config)
    with torch.no_grad():
        model.lm_head.weight[0] = 0.0  # among 256 others never the likeliest
    path = tmp_path_factory.mktemp("models") / "tiny"
    model.save_pretrained(path)
    wrapped.save_pretrained(path)
    return path


class TestTransformersGenerator(GeneratorContract):
    @pytest.fixture
    def generator(self, folder):
        generator = TransformersGenerator.load(folder)
        generate = generator._model.generate

        def ends_by_itself(**options):
            """Random weights hardly ever end: let them after a few tokens."""
            from transformers import StoppingCriteriaList

            enough = options["inputs" if "inputs" in options else "input_ids"].shape[1] + 20

            def stop(ids, *_, **__):
                import torch

                return torch.full((ids.shape[0],), ids.shape[1] >= enough, dtype=torch.bool)

            criteria = StoppingCriteriaList([*options.pop("stopping_criteria"), stop])
            return generate(**options, stopping_criteria=criteria)

        generator._model.generate = ends_by_itself
        return generator


def test_an_answer_that_reaches_its_limit_is_cut_off(folder):
    with pytest.raises(GeneratorError, match="cut off after 3 tokens"):
        list(TransformersGenerator.load(folder).generate(MESSAGES, max_tokens=3))


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(GeneratorError, match="cannot load the model"):
        TransformersGenerator.load(tmp_path)
