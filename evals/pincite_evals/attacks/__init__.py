"""What a hostile visitor, tenant, file, language model or disk can try, tried: ``python -m pincite_evals.attacks``.

`docs/security.md` says what is promised; each promise there names the kind of attack here, or the test, that holds it.
"""
