from langgraph_roleplay.evals.trials.leaks import told_to_some, try_leaks


async def test_nobody_recalls_what_it_may_not_know():
    found = await try_leaks(40)
    assert found["leaks"] == 0
    assert found["recalled"] > 500


def test_secrets_are_known_to_some_and_kept_from_others():
    secrets = told_to_some(50)
    assert {secret.secrecy for secret in secrets} == {"open", "secret"}
    assert all(0 < len(secret.observers) < 10 for secret in secrets)
