"""Signatures against the example in the specification of Standard Webhooks."""

from base64 import b64decode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.notifications.subscriptions.rules.subscriptions import SigningKey
from services.notifications.webhooks.adapters.signatures import Signer

SECRET = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
SEED = bytes(range(32))


def test_the_example_of_the_specification_is_signed_as_there() -> None:
    signer = Signer([SigningKey(1, SECRET, SEED, None)])
    headers = signer.build_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}')
    symmetric, asymmetric = headers["webhook-signature"].split()
    assert symmetric == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    content = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key()
    public.verify(b64decode(asymmetric.removeprefix("v1a,")), content)
