//! Windows, minimums and the numbers that figures depend on.

/// What the figures depend on beside the data.
///
/// # Example
/// ```
/// use risk::Settings;
/// let settings = Settings { beta_window: 252, ..Settings::default() };
/// assert_eq!((settings.beta_min, settings.ridge_penalty), (30, 1.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Duration of the rate proxy in years: a yield change of `dy` moves it by `-duration * dy`.
    pub rate_proxy_duration: f64,
    /// Returns of a market or rate beta.
    pub beta_window: usize,
    /// Fewest returns of it.
    pub beta_min: usize,
    /// Returns of the style regression and of the joint model.
    pub ridge_window: usize,
    /// Fewest returns of them.
    pub ridge_min: usize,
    /// Penalty on the sum of squared coefficients of z-scores.
    pub ridge_penalty: f64,
    /// Returns of a regression on a spread.
    pub spread_window: usize,
    /// Fewest returns of it.
    pub spread_min: usize,
    /// Rows of the volatility forecast.
    pub har_rows: usize,
    /// Fewest rows of it.
    pub har_min: usize,
    /// Sessions it looks ahead.
    pub har_horizon: usize,
    /// Sessions of a correlation.
    pub correlation_window: usize,
    /// Fewest common returns of a pair.
    pub correlation_min: usize,
    /// Correlation at which the tree of clusters is cut.
    pub cluster_cut: f64,
    /// Weight of yesterday's covariance in today's.
    pub ewma_lambda: f64,
    /// Returns of covariances, of value at risk and of expected shortfall.
    pub covariance_window: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            rate_proxy_duration: 17.0,
            beta_window: 90,
            beta_min: 30,
            ridge_window: 90,
            ridge_min: 60,
            ridge_penalty: 1.0,
            spread_window: 180,
            spread_min: 60,
            har_rows: 1_000,
            har_min: 250,
            har_horizon: 21,
            correlation_window: 90,
            correlation_min: 60,
            cluster_cut: 0.7,
            ewma_lambda: 0.94,
            covariance_window: 252,
        }
    }
}

impl Settings {
    /// Sessions that a timeline needs for the longest window, when nothing is missing.
    ///
    /// # Example
    /// The volatility forecast reaches furthest: 1,000 rows, 21 sessions before the first, 21 after the last, and the
    /// close before the first return.
    /// ```
    /// assert_eq!(risk::Settings::default().sessions_needed(), 1_043);
    /// ```
    pub fn sessions_needed(&self) -> usize {
        let windows = [
            self.beta_window,
            self.ridge_window,
            self.spread_window,
            self.correlation_window,
            self.covariance_window,
            crate::volatility::returns_needed(self),
            crate::volatility::rolling_returns_needed(),
        ];
        windows.into_iter().max().unwrap_or(0).saturating_add(1)
    }
}
