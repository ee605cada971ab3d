"""Ontzorgen over HTTP, by area: parse, authorise, one transaction, one handler, answer. Descriptions are Dutch."""

from fastapi import APIRouter

from services.ontzorgen.api import (
    bank,
    creditors,
    file,
    guidance,
    households,
    independence,
    loans,
    months,
    runs,
    surroundings,
)

router = APIRouter()
router.include_router(households.router)
router.include_router(months.router)
router.include_router(runs.router)
for area in (file, loans, creditors, bank, independence, guidance, surroundings):
    router.include_router(area.router)
