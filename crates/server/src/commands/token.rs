//! `token`.

use std::process::ExitCode;

use app::{Access, Context, NewToken};
use model::OWNER_LOCAL;
use store::users::User;

use crate::cli::TokenCommand;
use crate::failure::{EXIT_FINE, Failure};
use crate::render;
use crate::wire::token::TokenAnswer;

pub async fn run(
    ctx: &Context,
    access: &Access,
    command: TokenCommand,
    wants_json: bool,
) -> Result<ExitCode, Failure> {
    match command {
        TokenCommand::Create { name, user, scopes, expires_days } => {
            let user = user_of(ctx, user.as_deref()).await?;
            let new = NewToken { name, scopes, expires_days };
            let created = app::create_token(ctx, access, &user, &new).await?;
            if wants_json {
                render::print_json(&TokenAnswer::of_created(&created, ctx.clock.now()));
            } else {
                render::print(&render::access::created_text(&created));
            }
        }
        TokenCommand::List { user } => list(ctx, user.as_deref(), wants_json).await?,
        TokenCommand::Revoke { id } => {
            let revoked = app::revoke_token(ctx, &id, None).await?;
            if wants_json {
                render::print_json(&TokenAnswer::of(&revoked, ctx.clock.now()));
            } else {
                render::print(&format!("revoked the token {:?} of {}\n", revoked.token.name, revoked.user));
            }
        }
    }
    Ok(ExitCode::from(EXIT_FINE))
}

/// The user who is named, or whom the command line works for.
async fn user_of(ctx: &Context, name: Option<&str>) -> Result<User, Failure> {
    if let Some(name) = name {
        return Ok(app::find_user(ctx, name).await?);
    }
    let users = app::list_users(ctx).await?;
    let local = users.into_iter().find(|user| user.owner == OWNER_LOCAL);
    local.ok_or_else(|| Failure::Usage {
        place: "--user".to_owned(),
        message: "there is no user yet whose token it could be; `daybook user add NAME` adds one".to_owned(),
    })
}

async fn list(ctx: &Context, user: Option<&str>, wants_json: bool) -> Result<(), Failure> {
    let user = match user {
        Some(name) => Some(app::find_user(ctx, name).await?.id),
        None => None,
    };
    let tokens = app::list_tokens(ctx, user).await?;
    let now = ctx.clock.now();
    if wants_json {
        let listed: Vec<TokenAnswer> = tokens.iter().map(|token| TokenAnswer::of(token, now)).collect();
        render::print_json(&listed);
    } else if tokens.is_empty() {
        render::print("no tokens yet; `daybook token create NAME` makes one\n");
    } else {
        render::print(&render::access::tokens_table(&tokens, now));
    }
    Ok(())
}
