from pincite.evidence import confidence, fitted, reason
from pincite.evidence.confidence import ANSWER_SIGNALS
from pincite.evidence.signals import SIGNALS

TEXT = "The treaty was signed in Washington in 1949. Troops were deployed to the Balkans. Nobody mentioned the weather."


def test_an_answered_question_is_likelier_than_one_that_only_sounds_so(gather, ask, passage):
    answered, near, foreign = (
        confidence(gather(ask(question), [passage(TEXT)]))
        for question in ("When was the treaty signed?", "Who paid for the treaty?", "How do I bake bread?")
    )
    assert answered > near > foreign
    assert foreign >= 0
    assert answered <= 1


def test_without_sentences_there_is_no_confidence(gather, ask):
    assert confidence(gather(ask("Where?"), [])) == 0.0


def test_the_fitted_weights_name_known_signals_and_never_count_against_them():
    model = fitted()
    assert set(model.reading.weights) <= set(SIGNALS) - {"judged"}
    assert set(model.sentence.weights) <= set(SIGNALS)
    assert set(model.answer.weights) <= set(ANSWER_SIGNALS)
    assert all(weight > 0 for part in (model.reading, model.sentence, model.answer) for weight in part.weights.values())
    assert 0 < model.threshold < 1


def test_reasons(gather, ask, passage):
    assert "gives no number" in reason(gather(ask("How many troops were deployed?"), [passage(TEXT)]))
    assert "“submarine”" in reason(gather(ask("What of the submarine treaty?"), [passage(TEXT)]))
    assert "resembles" in reason(gather(ask("Where?"), []))
    assert "do not seem to answer" in reason(gather(ask("Troops were deployed?"), [passage(TEXT)]))
