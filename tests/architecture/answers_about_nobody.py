"""The one list of answers that are about nobody, each with the reason: all others are in the access log."""

_RUN = "a run: states, sums and numbers of households"
_CREDITOR = "an organisation"
_BOARD = "counts and actions of a meeting; who was there is not recorded"
_DISCOUNT = "what the municipality agreed with a supplier"
_PARTNER = "an organisation"
_SUBSCRIPTION = "what an organisation receives, and in which state that is"
_COACH = "somebody who works for the municipality; whom they coach is in the log"

ABOUT_NOBODY = {
    "recruitment": {
        "PUT /neighbourhoods/{code}": "a neighbourhood and its numbers",
        "GET /neighbourhoods": "neighbourhoods and their numbers",
        "GET /figures": "counts",
    },
    "intake": {"GET /figures": "counts"},
    "ontzorgen": {
        "GET /ledger-totals": "sums",
        "POST /runs": _RUN,
        "GET /runs": _RUN,
        "GET /runs/{run_id}": _RUN,
        "POST /runs/{run_id}/approvals": _RUN,
        "POST /runs/{run_id}/seals": _RUN,
        "POST /runs/{run_id}/releases": _RUN,
        "POST /runs/{run_id}/withdrawals": _RUN,
        "POST /runs/{run_id}/payment-files": "ids, sums and hashes of files",
        "GET /payment-files": "ids, sums and hashes of files",
        "GET /creditors": _CREDITOR,
        "POST /creditors": _CREDITOR,
        "GET /creditors/{code}": _CREDITOR,
        "POST /creditors/versions/{version_id}/confirmations": "no body",
        "POST /status-reports": "counts by outcome",
        "POST /bank-statements": "counts by outcome",
        "GET /bank-entries": "amounts and ids of payments; whose these are, other answers say",
        "POST /coaches": _COACH,
        "GET /coaches": _COACH,
        "POST /course-groups": "a group before anybody takes part",
        "GET /course-groups": "groups; who takes part is another answer",
        "GET /guidance-providers": "counts, small ones left out",
        "POST /sounding-board-meetings": _BOARD,
        "GET /sounding-board-meetings": _BOARD,
        "GET /sounding-board-questions": _BOARD,
        "POST /sounding-board-meetings/{meeting_id}/actions": _BOARD,
        "GET /sounding-board-meetings/{meeting_id}/actions": _BOARD,
        "POST /sounding-board-actions/{action_id}/outcomes": _BOARD,
        "GET /neighbourhood-mother-totals": "sums",
        "POST /discount-agreements": _DISCOUNT,
        "GET /discount-agreements": _DISCOUNT,
        "POST /discount-agreements/{agreement_id}/endings": _DISCOUNT,
        "GET /self-reliance-figures": "counts, small ones left out",
        "GET /self-reliance-figures/all": "counts, small ones left out",
    },
    "notifications": {
        "GET /message-totals": "counts",
        "POST /partners": _PARTNER,
        "GET /partners": _PARTNER,
        "GET /partners/{partner_id}": _PARTNER,
        "POST /partners/{partner_id}/ends": _PARTNER,
        "POST /subscriptions": _SUBSCRIPTION,
        "GET /subscriptions": _SUBSCRIPTION,
        "GET /subscriptions/{subscription_id}": _SUBSCRIPTION,
        "POST /subscriptions/{subscription_id}/approvals": _SUBSCRIPTION,
        "POST /subscriptions/{subscription_id}/pauses": _SUBSCRIPTION,
        "POST /subscriptions/{subscription_id}/resumptions": _SUBSCRIPTION,
        "POST /subscriptions/{subscription_id}/ends": _SUBSCRIPTION,
        "POST /subscriptions/{subscription_id}/keys": _SUBSCRIPTION,
        "GET /subscriptions/{subscription_id}/keys": _SUBSCRIPTION,
        "POST /subscriptions/{subscription_id}/tests": _SUBSCRIPTION,
        "GET /subscriptions/{subscription_id}/events": "pseudonyms of one partner; its log says whom each is about",
        "GET /subscriptions/{subscription_id}/deliveries": "numbers and states of documents; the log says whom",
        "POST /subscriptions/{subscription_id}/replays": "a number of documents",
        "GET /event-schemas/{purpose}/{type_name}": "what events look like",
    },
}
