"""What ontzorgen does, by area, one function per command or event: load, decide, save, emit."""

from services.ontzorgen.handlers import households
from services.ontzorgen.handlers.days import on_day_started
from services.ontzorgen.handlers.households import on_pip_signed
from services.ontzorgen.handlers.runs import on_shard_opened

__all__ = ["households", "on_day_started", "on_pip_signed", "on_shard_opened"]
