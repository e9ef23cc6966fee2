"""Each request goes to whoever serves its model."""

from core.domain.model import Connection, Place
from core.domain.run import FinishReason
from core.llm.adapters import Models
from core.llm.port import Finish, TextDelta
from core.llm.scripted import Scripted
from tests.servers.asking import ask


def says(word: str) -> Scripted:
    return Scripted(lambda _: (TextDelta(word), Finish(reason=FinishReason.STOP)))


async def test_simulated_models_never_reach_the_real_adapter() -> None:
    real, simulated = says("real"), says("simulated")
    models = Models(real=real, simulated=simulated)
    sage = Connection(
        model="simulated/sage", adapter_model="simulated/sage", place=Place.CLOUD, provider="simulated", host=""
    )
    lab = Connection(model="lab/m", adapter_model="hosted_vllm/m", place=Place.LOCAL, provider="lab", host="lab")
    assert (await ask(models, sage)).text == "simulated"
    assert (await ask(models, lab)).text == "real"
    assert (len(real.requests), len(simulated.requests)) == (1, 1)
