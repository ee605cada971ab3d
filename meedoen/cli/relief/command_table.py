"""The less frequent commands, as a table: their names, the operation of the service, and what it does."""

from typing import NamedTuple

HOUSEHOLD = "/households/{household_id}"


class TableCommand(NamedTuple):
    """One command: its group and name, the operation it calls, what it does, and which part of the answer it shows."""

    group: str
    name: str
    operation: str
    summary: str
    part: str | None = None
    old_name: str | None = None


GROUPS = {
    "composition": "The members of a household.",
    "allowances": "Allowances (toeslagen), routed or direct.",
    "claims": "Debts: recorded, never deducted.",
    "income": "Income beside the benefit, reductions, attachments and set-offs.",
    "assets": "The assets of a household.",
    "grants": "Grants and loans.",
    "start-money": "Start money that the policy proposes, and the decision on it.",
    "loans": "Loans and their repayment.",
    "shortfalls": "Solutions for a shortfall.",
    "payment-terms": "The days on which a household is paid.",
    "regeldag": "The day on which everything is arranged together.",
    "creditors": "The register of creditors.",
    "independence": "Independence: measurements, decisions, phase-out.",
    "coaching": "Budget coaching.",
    "courses": "Courses.",
    "applications": "Applications for childcare and travel.",
    "guidance": "Providers of guidance.",
    "surroundings": "Arrears, energy, discounts, sounding board, neighbourhood mothers.",
}
TABLE_COMMANDS = (
    TableCommand("households", "means", f"GET {HOUSEHOLD}/means", "Show members, allowances, debts and payment terms."),
    TableCommand(
        "households", "history", f"GET {HOUSEHOLD}/history", "Show every version of the file, and who recorded it."
    ),
    TableCommand("households", "month", f"GET {HOUSEHOLD}/months/{{month}}", "Show a month as the household sees it."),
    TableCommand("households", "people", f"GET {HOUSEHOLD}/people", "Show the people of a household."),
    TableCommand("households", "add-person", f"POST {HOUSEHOLD}/people", "Record a partner or an adult child."),
    TableCommand(
        "composition", "record", f"POST {HOUSEHOLD}/compositions", "Record the members of the household from a day on."
    ),
    TableCommand("composition", "show", f"GET {HOUSEHOLD}/means", "Show the members of the household.", "compositions"),
    TableCommand("allowances", "record", f"POST {HOUSEHOLD}/allowances", "Record an allowance."),
    TableCommand("allowances", "list", f"GET {HOUSEHOLD}/means", "Show the allowances.", "allowances"),
    TableCommand("claims", "record", f"POST {HOUSEHOLD}/claims", "Record a debt."),
    TableCommand("claims", "list", f"GET {HOUSEHOLD}/claims", "Show the debts, or those of one person."),
    TableCommand("income", "record", f"POST {HOUSEHOLD}/income", "Record income beside the benefit."),
    TableCommand("income", "list", f"GET {HOUSEHOLD}/income", "Show income, reductions, attachments and set-offs."),
    TableCommand("income", "reduce", f"POST {HOUSEHOLD}/reductions", "Record a reduction (maatregel)."),
    TableCommand("income", "attach", f"POST {HOUSEHOLD}/attachments", "Record an attachment or a set-off."),
    TableCommand(
        "income",
        "confirm-account",
        f"POST {HOUSEHOLD}/attachments/{{version_id}}/confirmations",
        "Confirm the changed IBAN of an attachment, as the second person.",
    ),
    TableCommand("assets", "record", f"POST {HOUSEHOLD}/assets", "Record an asset."),
    TableCommand("assets", "list", f"GET {HOUSEHOLD}/assets", "Show the assets."),
    TableCommand("grants", "record", f"POST {HOUSEHOLD}/grants", "Record a grant or a loan."),
    TableCommand("grants", "list", f"GET {HOUSEHOLD}/grants", "Show grants and loans."),
    TableCommand("start-money", "list", f"GET {HOUSEHOLD}/start-money", "Show what is proposed, and what was decided."),
    TableCommand(
        "start-money",
        "decide",
        f"POST {HOUSEHOLD}/start-money/{{proposal_id}}/decisions",
        "Approve, lower or decline what is proposed.",
    ),
    TableCommand("loans", "list", f"GET {HOUSEHOLD}/loans", "Show loans with the outstanding amount."),
    TableCommand("loans", "repay", f"POST {HOUSEHOLD}/loans/{{loan_id}}/repayments", "Record a repayment."),
    TableCommand("shortfalls", "resolve", f"POST {HOUSEHOLD}/shortfalls/{{month}}/resolutions", "Record its solution."),
    TableCommand(
        "payment-terms", "record", f"POST {HOUSEHOLD}/payment-terms", "Record payment days, or payment a month ahead."
    ),
    TableCommand("payment-terms", "show", f"GET {HOUSEHOLD}/means", "Show the payment days.", "payment_terms"),
    TableCommand("regeldag", "plan", f"POST {HOUSEHOLD}/regeldagen", "Plan a regeldag."),
    TableCommand("regeldag", "list", f"GET {HOUSEHOLD}/regeldagen", "Show the regeldagen."),
    TableCommand(
        "regeldag", "step", f"POST {HOUSEHOLD}/regeldagen/{{regeldag_id}}/steps", "Record the progress of one step."
    ),
    TableCommand(
        "mandates", "ask", f"POST {HOUSEHOLD}/mandate-requests", "Ask a mandate, by the creditor's procedure."
    ),
    TableCommand(
        "mandates", "asked", f"GET {HOUSEHOLD}/mandate-requests", "Show how far the mandates are that were asked."
    ),
    TableCommand(
        "mandates",
        "step",
        f"POST {HOUSEHOLD}/mandate-requests/{{mandate_id}}/steps",
        "Record a step: signed, sent, accepted, refused, ...",
    ),
    TableCommand("creditors", "list", "GET /creditors", "Show the register."),
    TableCommand("creditors", "show", "GET /creditors/{code}", "Show a creditor with its versions."),
    TableCommand("creditors", "propose", "POST /creditors", "Record or change a creditor; confirm a changed IBAN."),
    TableCommand(
        "creditors",
        "confirm",
        "POST /creditors/versions/{version_id}/confirmations",
        "Confirm an IBAN, new or changed.",
    ),
    TableCommand(
        "independence", "show", f"GET {HOUSEHOLD}/independence", "Show how self-reliant a household is on a day."
    ),
    TableCommand("independence", "measure", f"POST {HOUSEHOLD}/measurements", "Record a measurement of self-reliance."),
    TableCommand(
        "independence", "decide", f"POST {HOUSEHOLD}/decisions", "Decide how relief continues, or that it ends."
    ),
    TableCommand("independence", "money", f"POST {HOUSEHOLD}/money-decisions", "Agree on weekly or monthly payment."),
    TableCommand("independence", "step", f"POST {HOUSEHOLD}/phase-out-steps", "Take a step of the phase-out."),
    TableCommand(
        "independence",
        "creditors-to-inform",
        f"GET {HOUSEHOLD}/creditors-to-tell",
        "Show which creditors must be informed of the end.",
        old_name="to-tell",
    ),
    TableCommand(
        "independence",
        "creditor-informed",
        f"POST {HOUSEHOLD}/creditors-told",
        "Record that a creditor is informed.",
        old_name="told",
    ),
    TableCommand(
        "independence", "debit", f"POST {HOUSEHOLD}/direct-debits", "Record the agreed day of a direct debit."
    ),
    TableCommand(
        "independence",
        "figures",
        "GET /self-reliance-figures",
        "Count the people by class of self-reliance. A number below five, or that would give one away, is left out.",
    ),
    TableCommand(
        "independence",
        "figures-all",
        "GET /self-reliance-figures/all",
        "Count them over all municipalities (--role operator), small numbers left out.",
    ),
    TableCommand("coaching", "start", f"POST {HOUSEHOLD}/coaching", "Start coaching."),
    TableCommand("coaching", "coaches", "GET /coaches", "Show the coaches with their caseload."),
    TableCommand("coaching", "register", "POST /coaches", "Register a coach, or change the limit."),
    TableCommand("coaching", "caseload", "GET /coaches/{coach_id}/people", "Show whom a coach coaches."),
    TableCommand("coaching", "terms", "GET /coaches/{coach_id}/terms", "Show whom a coach coached, and from when."),
    TableCommand("coaching", "assign", f"POST {HOUSEHOLD}/coach-changes", "Assign a coach to a person."),
    TableCommand("coaching", "show", f"GET {HOUSEHOLD}/coaching", "Show a month of coaching."),
    TableCommand("coaching", "plan", f"POST {HOUSEHOLD}/coaching-appointments", "Plan an appointment."),
    TableCommand("coaching", "session", f"POST {HOUSEHOLD}/coaching-sessions", "Record a session that was held."),
    TableCommand("coaching", "hand-over", f"POST {HOUSEHOLD}/coaching-hand-overs", "Hand the coaching over."),
    TableCommand("courses", "list", f"GET {HOUSEHOLD}/enrolments", "Show the courses of a household."),
    TableCommand("courses", "enrol", f"POST {HOUSEHOLD}/enrolments", "Enrol for a course."),
    TableCommand("courses", "attend", f"POST {HOUSEHOLD}/enrolments/{{enrolment_id}}/lessons", "Record a lesson."),
    TableCommand("courses", "groups", "GET /course-groups", "Show the groups, of a course or a teacher."),
    TableCommand("courses", "plan", "POST /course-groups", "Plan a group with the day of each lesson."),
    TableCommand("courses", "attendance", "GET /course-groups/{group_id}/attendance", "Show who attended what."),
    TableCommand("applications", "list", f"GET {HOUSEHOLD}/applications", "Show what was applied for."),
    TableCommand("applications", "record", f"POST {HOUSEHOLD}/applications", "Record what was applied for."),
    TableCommand(
        "applications",
        "decide",
        f"POST {HOUSEHOLD}/applications/{{application_id}}/decisions",
        "Record the decision on it.",
    ),
    TableCommand("guidance", "assign", f"POST {HOUSEHOLD}/guidance-providers", "Record who guides a household."),
    TableCommand("guidance", "compare", "GET /guidance-providers", "Compare the providers."),
    TableCommand(
        "surroundings", "arrears", f"POST {HOUSEHOLD}/arrears-messages", "Record a creditor's signal of arrears."
    ),
    TableCommand("surroundings", "energy", f"POST {HOUSEHOLD}/energy-steps", "Record help with saving energy."),
    TableCommand("surroundings", "energy-list", f"GET {HOUSEHOLD}/energy-steps", "Show help with saving energy."),
    TableCommand("surroundings", "discount", "POST /discount-agreements", "Record a discount agreed with a supplier."),
    TableCommand("surroundings", "discounts", "GET /discount-agreements", "Show the agreed discounts."),
    TableCommand(
        "surroundings", "end-discount", "POST /discount-agreements/{agreement_id}/endings", "End an agreed discount."
    ),
    TableCommand(
        "surroundings",
        "guarantee",
        "GET /discount-agreements/{agreement_id}/guarantee",
        "Show the months paid under a guarantee, and what is short.",
    ),
    TableCommand("surroundings", "meeting", "POST /sounding-board-meetings", "Record a meeting of the sounding board."),
    TableCommand(
        "surroundings", "meetings", "GET /sounding-board-meetings", "Show the meetings of the sounding board."
    ),
    TableCommand("surroundings", "mother", "POST /neighbourhood-mothers", "Register a neighbourhood mother."),
    TableCommand(
        "surroundings", "board-answers", "GET /sounding-board-questions", "Add up its questions and their follow-up."
    ),
    TableCommand(
        "surroundings",
        "board-action",
        "POST /sounding-board-meetings/{meeting_id}/actions",
        "Record what is done about an answer.",
    ),
    TableCommand(
        "surroundings",
        "board-actions",
        "GET /sounding-board-meetings/{meeting_id}/actions",
        "Show what is done about its answers.",
    ),
    TableCommand(
        "surroundings",
        "board-outcome",
        "POST /sounding-board-actions/{action_id}/outcomes",
        "Record that it is done and reported back.",
    ),
    TableCommand("surroundings", "mothers", "GET /neighbourhood-mothers", "Show the neighbourhood mothers."),
    TableCommand("surroundings", "work", "POST /neighbourhood-mothers/{mother_id}/engagements", "Record her work."),
    TableCommand("surroundings", "work-list", "GET /neighbourhood-mothers/{mother_id}/engagements", "Show her work."),
    TableCommand("surroundings", "pay", "POST /neighbourhood-mothers/{mother_id}/payments", "Pay her for a month."),
    TableCommand("surroundings", "pay-list", "GET /neighbourhood-mothers/{mother_id}/payments", "Show her pay."),
    TableCommand("surroundings", "pay-totals", "GET /neighbourhood-mother-totals", "Add up their work and pay."),
    TableCommand("", "totals", "GET /ledger-totals", "Show what was paid in this municipality."),
)
