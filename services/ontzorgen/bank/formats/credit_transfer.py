"""One file of payments, pain.001.001.09: written by sepaxml, with ids and moment of our own, checked by its XSD.

sepaxml makes its ids and moment at random and has no structured reference, so those are put in their place.
It groups by day. lxml checks: the library's own check takes half a millisecond for each payment.
"""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from functools import cache
from importlib.resources import as_file, files

from lxml import etree
from sepaxml import SepaTransfer

from services.ontzorgen.bank.formats.sepa_text import find_bic, is_payment_reference, is_structured, to_sepa_name
from services.ontzorgen.bank.rules.accounts import PayableAccount
from services.ontzorgen.bank.rules.payment_files import FilePlan

SCHEMA = "pain.001.001.09"


class InvalidFileError(Exception):
    """The file does not satisfy the schema: a bug of ours, so nothing leaves."""


class _Transfer(SepaTransfer):  # type: ignore[misc]  # sepaxml has no types
    """sepaxml with everything that it draws at random or takes from the clock replaced by the plan's."""

    def __init__(self, plan: FilePlan, debtor: PayableAccount, made_at: datetime) -> None:
        self._plan = plan
        self._made_at = made_at.astimezone(UTC)
        bic = find_bic(debtor.iban)
        config = {"name": to_sepa_name(debtor.name), "IBAN": debtor.iban, "currency": "EUR", "batch": True}
        super().__init__(config | ({"BIC": bic} if bic else {}), schema=SCHEMA, clean=False)

    def _create_header(self) -> None:
        self.msg_id = self._plan.id
        super()._create_header()
        self._xml.find("CstmrCdtTrfInitn/GrpHdr/CreDtTm").text = f"{self._made_at:%Y-%m-%dT%H:%M:%SZ}"

    def _finalize_batch(self) -> None:
        super()._finalize_batch()
        batches = {batch.execute_on.isoformat(): batch.id for batch in self._plan.batches}
        for node in self._xml.iter("PmtInf"):
            node.find("PmtInfId").text = batches[node.find("ReqdExctnDt/Dt").text]
            bank = node.find("DbtrAgt/FinInstnId")
            if not len(bank):
                ET.SubElement(ET.SubElement(bank, "Othr"), "Id").text = "NOTPROVIDED"
        for payment_id in self._xml.iter("PmtId"):
            _name_instruction(payment_id)
        for remittance in self._xml.iter("RmtInf"):
            _structure_reference(remittance)


def _name_instruction(payment_id: ET.Element) -> None:
    """Give the instruction the payment's own id, too: some banks name a payment in their answers by that alone."""
    if payment_id.find("InstrId") is None:
        instruction = ET.Element("InstrId")
        instruction.text = payment_id.findtext("EndToEndId")
        payment_id.insert(0, instruction)


def _structure_reference(remittance: ET.Element) -> None:
    """Move a reference to where the payee's bank reads it by machine: ISO's own, or that of the Dutch banks (CUR)."""
    plain = remittance.find("Ustrd")
    if plain is None or not is_structured(plain.text or ""):
        return
    remittance.remove(plain)
    creditor = ET.SubElement(ET.SubElement(remittance, "Strd"), "CdtrRefInf")
    kind = ET.SubElement(creditor, "Tp")
    ET.SubElement(ET.SubElement(kind, "CdOrPrtry"), "Cd").text = "SCOR"
    ET.SubElement(kind, "Issr").text = "CUR" if is_payment_reference(plain.text or "") else "ISO"
    ET.SubElement(creditor, "Ref").text = plain.text


def write_credit_transfer(plan: FilePlan, debtor: PayableAccount, made_at: datetime) -> bytes:
    """Return the file: the same plan, debtor and moment give the same bytes. InvalidFileError if the schema says no."""
    transfer = _Transfer(plan, debtor, made_at)
    for instruction in plan.instructions:
        transfer.add_payment(
            {
                "name": to_sepa_name(instruction.name),
                "IBAN": instruction.iban,
                "amount": instruction.amount_cents,
                "execution_date": instruction.execute_on,
                "description": instruction.remittance,
                "endtoend_id": instruction.end_to_end_id,
            }
        )
    content: bytes = transfer.export(validate=False)
    schema = _load_schema()
    if not schema.validate(etree.fromstring(content)):  # our own text, written a line above
        raise InvalidFileError(f"The file breaks {SCHEMA} at {schema.error_log.last_error.path}: report it as a bug.")
    return content


@cache
def _load_schema() -> etree.XMLSchema:
    with as_file(files("sepaxml") / "schemas" / f"{SCHEMA}.xsd") as path:
        return etree.XMLSchema(file=str(path))
