"""The events of notifications: messages sent, deliveries parked."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.events.base import EventData, Topic, event
from shared.events.codes import DeliveryProblem, MessageChannel
from shared.identity import LanguageCode, PersonId

SERVICE = "notifications"
MESSAGE = Topic("meedoen.notifications.message", "person_id")
BASIS = "duty to inform (Awb 3:41, AVG art. 6(1)(c) and (e))"


@event(
    service=SERVICE,
    topic=MESSAGE,
    meaning="A message was handed over for delivery.",
    legal_basis=BASIS,
    retention_days=730,
)
class NotificationSent(EventData):
    person_id: PersonId
    message_id: UUID = Field(description="The message, by a random id")
    template: str = Field(
        pattern=r"^[a-z_]{1,60}$", description="Which message, by its template", examples=["intake_invitation"]
    )
    language: LanguageCode
    channel: MessageChannel = Field(description="How it went out")
    sent_on: date = Field(description="Day it went out")


@event(
    service=SERVICE,
    topic=MESSAGE,
    meaning="A message could not be delivered and waits for someone to mend the address or the channel.",
    legal_basis=BASIS,
    retention_days=730,
)
class DeliveryParked(EventData):
    person_id: PersonId
    message_id: UUID = Field(description="The message, by a random id")
    problem: DeliveryProblem = Field(description="Why it could not be delivered")
    parked_on: date = Field(description="Day it was set aside")
