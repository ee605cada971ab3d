"""The entries of a camt.053 statement as lines of values: a compiled stylesheet reads those of a whole piece at once.

Reading them through lxml one by one takes three times as long and keeps the interpreter. White space is normalised, so
that tabs and ends of lines stand between values and nowhere else.
"""

from typing import Any

from lxml import etree

_BATCH_ID = "NtryDtls/Btch/PmtInfId | NtryDtls/TxDtls[1]/Refs/PmtInfId"
_FILE_ID = "NtryDtls/Btch/MsgId | NtryDtls/TxDtls[1]/Refs/MsgId"
_ENTRY_PATHS = ("Amt", "Amt/@Ccy", "CdtDbtInd", "Sts", "BookgDt | ValDt", "AcctSvcrRef", _BATCH_ID, _FILE_ID, "RvslInd")
_AMOUNT_PATHS = ("CdtDbtInd", "Amt", "Amt/@Ccy")
_OTHER_AMOUNT_PATHS = tuple(
    f"AmtDtls/{kind}/Amt{currency}" for kind in ("TxAmt", "InstdAmt") for currency in ("", "/@Ccy")
)
_ID_PATHS = ("Refs/EndToEndId", "Refs/InstrId")
_REFERENCE_PATHS = ("RmtInf/Strd/CdtrRefInf/Ref", "RtrInf/Rsn/Cd")
ENTRY_VALUES, AMOUNT_VALUES = len(_ENTRY_PATHS), len(_AMOUNT_PATHS + _OTHER_AMOUNT_PATHS)
DETAIL_VALUES = AMOUNT_VALUES + len(_ID_PATHS) + 1 + len(_REFERENCE_PATHS)
SINGLE_PAYMENT_VALUES = ENTRY_VALUES + DETAIL_VALUES + 1
_PLAIN_TEXT = """<xsl:for-each select="n:RmtInf/n:Ustrd"><xsl:value-of select="normalize-space()"/>
<xsl:text> </xsl:text></xsl:for-each><xsl:text>&#9;</xsl:text>"""
_STYLESHEET = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:n="{namespace}">
<xsl:output method="text"/><xsl:param name="skipped" select="0"/>
<xsl:template match="n:Stmt"><xsl:for-each select="n:Ntry[position() &lt;= last() - $skipped]">
{entry}<xsl:apply-templates select="n:NtryDtls/n:TxDtls"/><xsl:text>&#10;</xsl:text></xsl:for-each></xsl:template>
<xsl:template match="n:NtryDtls">
<xsl:apply-templates select="n:TxDtls[position() &lt;= last() - $skipped]"/><xsl:text>&#10;</xsl:text></xsl:template>
<xsl:template match="n:TxDtls">{amount}<xsl:choose><xsl:when test="n:AmtDtls">{other_amounts}</xsl:when>
<xsl:otherwise><xsl:text>&#9;&#9;&#9;&#9;</xsl:text></xsl:otherwise></xsl:choose>{ids}{plain_text}{references}
</xsl:template>
</xsl:stylesheet>"""


class EntryLines:
    """The stylesheet for one namespace, with the tags of entries and of the parents of payments."""

    def __init__(self, namespace: str) -> None:
        self.entry_tag, self.details_tag = f"{{{namespace}}}Ntry", f"{{{namespace}}}NtryDtls"
        self.batch_tag = f"{{{namespace}}}Btch"
        text = _STYLESHEET.format(
            namespace=namespace,
            entry="".join(map(_select_value, _ENTRY_PATHS)),
            amount="".join(map(_select_value, _AMOUNT_PATHS)),
            other_amounts="".join(map(_select_value, _OTHER_AMOUNT_PATHS)),
            ids="".join(map(_select_value, _ID_PATHS)),
            plain_text=_PLAIN_TEXT,
            references="".join(map(_select_value, _REFERENCE_PATHS)),
        )
        self._stylesheet = etree.XSLT(etree.fromstring(text), access_control=etree.XSLTAccessControl.DENY_ALL)

    def read(self, element: Any, skipped: int) -> list[list[str]]:
        """Return the values of each entry in a statement, or of the payments in an entry, without the last `skipped`.

        First come those of the entry, then those of each payment in it; the last value is empty, as each ends in a tab.
        """
        text = str(self._stylesheet(element, skipped=str(skipped)))
        return [line.split("\t") for line in text.split("\n")[:-1]]


def _select_value(path: str) -> str:
    """Select the first element that is there of one or several paths."""
    paths = " | ".join(_add_namespace(single_path) for single_path in path.split(" | "))
    return f'<xsl:value-of select="normalize-space({paths})"/><xsl:text>&#9;</xsl:text>'


def _add_namespace(path: str) -> str:
    """Return the path in the file's namespace; the search ends at the first element, as no other is needed."""
    steps = "/".join(step if step.startswith("@") else f"n:{step}" for step in path.split("/"))
    return steps if "@" in steps else f"{steps}[1]"
