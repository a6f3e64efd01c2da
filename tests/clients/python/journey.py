"""What an integrator does first, with the types of openapi-python-client and nothing that goes around them."""

import os

from roster_client import AuthenticatedClient, Client
from roster_client.api.domains import create_domain, verify_domain
from roster_client.api.sign_in import log_in
from roster_client.api.users import create_user, delete_user, get_user, list_users, update_user
from roster_client.models import (
    CreateDomain,
    CreatedUser,
    CreateUser,
    Domain,
    DomainStatus,
    Login,
    PageUser,
    Problem,
    TokenPair,
    UpdateUser,
    User,
)

url = os.environ["ROSTER_URL"]
password = os.environ["ROSTER_ADMIN_PASSWORD"]

# Signing in
tokens = log_in.sync(client=Client(url), body=Login(email="admin@roster.example", password=password))
assert isinstance(tokens, TokenPair), tokens
client = AuthenticatedClient(url, token=tokens.access_token)

# Setting up a domain
claim = create_domain.sync(client=client, body=CreateDomain(hostname="python.localhost"))
assert isinstance(claim, Domain), claim
proven = verify_domain.sync(claim.id, client=client)
assert isinstance(proven, Domain), proven
assert proven.status == DomainStatus.ACTIVE

# Adding a user
new = CreateUser(
    email="ana.silva@python.example",
    full_name="Ana Silva",
    company_name="Northwind Traders",
    role="manager",
    generate_password=True,
)
made = create_user.sync(client=client, body=new)
assert isinstance(made, CreatedUser), made
assert made.full_name == "Ana Silva"
assert made.generated_password

# What is wrong is said field by field
new.email = "ana silva@python.example"
wrong = create_user.sync(client=client, body=new)
assert isinstance(wrong, Problem), wrong
assert wrong.code == "validation_failed"
assert wrong.errors and wrong.errors[0].pointer == "/email"

# Finding her
found = list_users.sync(client=client, q="silva python", include_total=True)
assert isinstance(found, PageUser), found
assert found.total == 1
ana = found.data[0]
assert ana.id == made.id

# Editing her as she was read; who comes second is told so
etag = get_user.sync_detailed(ana.id, client=client).headers["ETag"]
edited = update_user.sync(ana.id, client=client, if_match=etag, body=UpdateUser(full_name="Ana María Silva"))
assert isinstance(edited, User), edited
assert edited.full_name == "Ana María Silva"
late = update_user.sync(ana.id, client=client, if_match=etag, body=UpdateUser(full_name="Somebody Else"))
assert isinstance(late, Problem), late
assert late.code == "stale_version"

# Removing her
assert delete_user.sync_detailed(ana.id, client=client).status_code == 204
gone = get_user.sync(ana.id, client=client)
assert isinstance(gone, Problem), gone
assert gone.code == "not_found"
