"""Which module answers for which host."""

from collections.abc import Callable

from tests.upstreams import eurostat, files, un_sdg, world_bank
from tests.upstreams.server import Asked, Reply, World

ANSWERS: dict[str, Callable[[Asked, World], Reply]] = {
    eurostat.HOST: eurostat.answer,
    un_sdg.HOST: un_sdg.answer,
    world_bank.HOST: world_bank.answer,
    **dict.fromkeys(files.HOSTS, files.answer),
}
