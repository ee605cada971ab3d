"""Ontzorgen over HTTP, by area: parse, authorise, one transaction, one handler, answer. Descriptions are Dutch."""

from fastapi import APIRouter

from services.ontzorgen.api import households, runs

router = APIRouter()
router.include_router(households.router)
router.include_router(runs.router)
