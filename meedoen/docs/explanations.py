"""docs/explanations.md: the codes of the lines that explain a month, and of the reasons that a bank gives."""

from typing import Final

from services.ontzorgen.bank.rules.refusals import list_reasons
from services.ontzorgen.statement.rules.lines import MEANINGS

_LEAD: Final = """# The codes of explanations

Each line that explains a month, over HTTP (`GET /v1/households/{household_id}/statements/{month}/explanation`) and from
`meedoen statement`, has a `code` with `parameters` beside its `text`: a program finds its own words by them. A reason
why a bank gave money back has one too (`GET /v1/bank-entries`): `return_reason`, with `return_code` as its parameter.
A code keeps its meaning and its parameters, while sentences may be improved. New codes and parameters may come. This
page is generated from the source.
"""


def render_explanations() -> str:
    """Return the page."""
    lines = [_LEAD, "## Lines of a month", "", "| code | parameters | what it says |", "|---|---|---|"]
    for code, meaning in MEANINGS.items():
        parameters = ", ".join(f"`{name}`" for name in meaning.parameters)
        lines.append(f"| `{code}` | {parameters} | {meaning.says} |")
    lines += ["", "## Reasons of a bank", "", "| reason | code of the bank | what it means |", "|---|---|---|"]
    for bank_code, reason, sentence in list_reasons():
        lines.append(f"| `{reason}` | {f'`{bank_code}`' if bank_code else 'any other'} | {sentence} |")
    return "\n".join(lines) + "\n"
