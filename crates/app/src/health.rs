//! Whether the database answers.

use crate::{AppError, Context};

/// Asks the database for next to nothing.
///
/// # Errors
/// [`AppError::DatabaseRequired`], and [`AppError::Store`] when it does not answer.
pub async fn check_database(ctx: &Context) -> Result<(), AppError> {
    ctx.store()?.load(vec![store::change::head()]).await?;
    Ok(())
}
