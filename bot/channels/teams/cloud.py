"""Which of Microsoft's clouds we speak with, and the parts of its SDK that we use.

`microsoft-teams-apps` would run an application of its own: it answers before what it heard is
stored, parses a body of any size before looking at its token, and has no limit on time. So its
token validator and its API client stand behind our own door instead.
"""

import warnings

from bot.settings import Settings

with warnings.catch_warnings():
    # Importing it tells of previews that are not used here.
    warnings.simplefilter("ignore")
    from microsoft_teams.api.activities.message import MessageActivityInput
    from microsoft_teams.api.auth.cloud_environment import PUBLIC, CloudEnvironment
    from microsoft_teams.api.clients.conversation import ConversationClient, CreateConversationParams
    from microsoft_teams.api.models import Account, Attachment, TeamsChannelAccount
    from microsoft_teams.apps.auth import TokenValidator
    from microsoft_teams.common.http import Client, ClientOptions

__all__ = [
    "Account",
    "Attachment",
    "Client",
    "ClientOptions",
    "CloudEnvironment",
    "ConversationClient",
    "CreateConversationParams",
    "MessageActivityInput",
    "TeamsChannelAccount",
    "TokenValidator",
    "cloud_of",
]


def cloud_of(settings: Settings) -> CloudEnvironment:
    """The public cloud; in tests its stand-in on this machine."""
    if not settings.teams_stand_in:
        return PUBLIC
    return CloudEnvironment(
        login_endpoint=settings.teams_stand_in,
        login_tenant=PUBLIC.login_tenant,
        bot_scope=PUBLIC.bot_scope,
        agent_bot_scope=PUBLIC.agent_bot_scope,
        token_service_url=settings.teams_stand_in,
        openid_metadata_url=f"{settings.teams_stand_in}/v1/.well-known/openidconfiguration",
        token_issuer=PUBLIC.token_issuer,
        graph_scope=PUBLIC.graph_scope,
    )
