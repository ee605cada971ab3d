"""The entries of a camt.053 statement as lines of values: a compiled stylesheet takes those of a whole piece at once.

Asking lxml for them one by one takes three times as long and keeps the interpreter. White space is normalised, so that
tabs and ends of lines stand between values and nowhere else.
"""

from typing import Any

from lxml import etree

_BATCH_ID = "NtryDtls/Btch/PmtInfId | NtryDtls/TxDtls[1]/Refs/PmtInfId"
_OF_ENTRY = ("Amt", "Amt/@Ccy", "CdtDbtInd", "Sts", "BookgDt | ValDt", "AcctSvcrRef", _BATCH_ID)
_OF_AMOUNT, _OF_OLDER_AMOUNT = ("Amt", "Amt/@Ccy"), ("AmtDtls/TxAmt/Amt", "AmtDtls/TxAmt/Amt/@Ccy")
_OF_DETAILS = ("Refs/EndToEndId", "RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "RtrInf/Rsn/Cd")
ENTRY_VALUES, AMOUNT_VALUES = len(_OF_ENTRY), len(_OF_AMOUNT + _OF_OLDER_AMOUNT)
DETAIL_VALUES = AMOUNT_VALUES + len(_OF_DETAILS)
ALONE_VALUES = ENTRY_VALUES + DETAIL_VALUES + 1
_STYLESHEET = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:n="{namespace}">
<xsl:output method="text"/><xsl:param name="left" select="0"/>
<xsl:template match="n:Stmt"><xsl:for-each select="n:Ntry[position() &lt;= last() - $left]">
{of_entry}<xsl:apply-templates select="n:NtryDtls/n:TxDtls"/><xsl:text>&#10;</xsl:text></xsl:for-each></xsl:template>
<xsl:template match="n:NtryDtls">
<xsl:apply-templates select="n:TxDtls[position() &lt;= last() - $left]"/><xsl:text>&#10;</xsl:text></xsl:template>
<xsl:template match="n:TxDtls">{of_amount}<xsl:choose><xsl:when test="n:AmtDtls">{of_older_amount}</xsl:when>
<xsl:otherwise><xsl:text>&#9;&#9;</xsl:text></xsl:otherwise></xsl:choose>{of_details}</xsl:template>
</xsl:stylesheet>"""


class Lines:
    """The entries in a statement as a line of values each, or the payments in an entry; `left` is how many to leave.

    Each value ends in a tab. First come those of the entry, then those of each payment in it.
    """

    def __init__(self, namespace: str) -> None:
        self.entry, self.parent = f"{{{namespace}}}Ntry", f"{{{namespace}}}NtryDtls"
        text = _STYLESHEET.format(
            namespace=namespace,
            of_entry="".join(map(_value_of, _OF_ENTRY)),
            of_amount="".join(map(_value_of, _OF_AMOUNT)),
            of_older_amount="".join(map(_value_of, _OF_OLDER_AMOUNT)),
            of_details="".join(map(_value_of, _OF_DETAILS)),
        )
        self._stylesheet = etree.XSLT(etree.fromstring(text), access_control=etree.XSLTAccessControl.DENY_ALL)

    def of(self, element: Any, left: int) -> list[list[str]]:
        text = str(self._stylesheet(element, left=str(left)))
        return [line.split("\t") for line in text.split("\n")[:-1]]


def _value_of(path: str) -> str:
    """The first that is there of one or several paths."""
    named = " | ".join(_named(one) for one in path.split(" | "))
    return f'<xsl:value-of select="normalize-space({named})"/><xsl:text>&#9;</xsl:text>'


def _named(path: str) -> str:
    """With the namespace of the file; the search ends at the first, as no other is asked for."""
    named = "/".join(part if part.startswith("@") else f"n:{part}" for part in path.split("/"))
    return named if "@" in named else f"{named}[1]"
