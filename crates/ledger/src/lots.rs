//! Lots: what each opening fill left open, and what closing fills release.

use model::{LotMethod, Money, NumberError, Price, Quantity, Ratio};

/// What one opening fill left open. Quantity and cost have the same sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Units still open, signed.
    pub quantity: Quantity,
    /// Their total cost as money, signed as the quantity.
    pub cost: Money,
}

/// The open lots of one holding, all on one side, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lots {
    lots: Vec<Lot>,
    quantity: Quantity,
    cost: Money,
}

impl Lots {
    /// Sum of the lots' quantities.
    #[inline]
    pub fn quantity(&self) -> Quantity {
        self.quantity
    }

    /// Sum of the lots' costs.
    #[inline]
    pub fn cost(&self) -> Money {
        self.cost
    }

    /// The lots, oldest first.
    pub fn as_slice(&self) -> &[Lot] {
        &self.lots
    }

    /// Books a fill and returns the gain realized by what it closed.
    ///
    /// `cash` is the fill's quantity times price, rounded once, with the sign of the quantity. The proceeds of
    /// the pieces it closes and the cost of the lot it opens sum to exactly that, the last piece taking the
    /// remainder. A partial close releases `round(cost * closed / held)`, the last piece of a lot the rest.
    ///
    /// # Errors
    /// [`NumberError::Overflow`]; the lots are then in an undefined state and must be dropped.
    pub fn book(
        &mut self,
        method: LotMethod,
        quantity: Quantity,
        price: Price,
        multiplier: i64,
        cash: Money,
    ) -> Result<Money, NumberError> {
        let (mut open, mut cash_open, mut realized) = (quantity, cash, Money::ZERO);
        while !open.is_zero() && !self.quantity.is_zero() && self.quantity.signum() != open.signum() {
            let at = self.next_to_close(method);
            let held = self.lots[at].quantity;
            let closed = if held.size()? <= open.size()? { held } else { open.negated()? };
            let left = open.plus(closed)?;
            let piece =
                if left.is_zero() { cash_open } else { closed.negated()?.times(price, multiplier)? };
            let released = self.release(at, closed)?;
            realized = realized.minus(piece)?.minus(released)?;
            (open, cash_open) = (left, cash_open.minus(piece)?);
        }
        if !open.is_zero() {
            self.open(method, Lot { quantity: open, cost: cash_open })?;
        }
        Ok(realized)
    }

    /// Takes `closed` units (signed as the lots) out of the newest lots and returns the cost they release.
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn release_newest(&mut self, closed: Quantity) -> Result<Money, NumberError> {
        let (mut left, mut released) = (closed, Money::ZERO);
        while !left.is_zero() && !self.lots.is_empty() {
            let at = self.lots.len() - 1;
            let held = self.lots[at].quantity;
            let piece = if held.size()? <= left.size()? { held } else { left };
            released = released.plus(self.release(at, piece)?)?;
            left = left.minus(piece)?;
        }
        Ok(released)
    }

    /// Multiplies the quantity of each lot by a split's ratio and leaves its cost; the sum of the lots is the
    /// split position rounded toward zero, and the numerator of what was cut off is returned
    /// (see [`Quantity::after_split`]).
    ///
    /// # Errors
    /// [`NumberError::Overflow`].
    pub fn split(&mut self, ratio: Ratio) -> Result<i128, NumberError> {
        let (mut before, mut after) = (Quantity::ZERO, Quantity::ZERO);
        let mut remainder = 0;
        for lot in &mut self.lots {
            // Lots share the rounding of the running total, so that they always sum to the position.
            before = before.plus(lot.quantity)?;
            let (total, cut_off) = before.after_split(ratio, 1)?;
            lot.quantity = total.minus(after)?;
            (after, remainder) = (total, cut_off);
        }
        self.quantity = after;
        self.merge_rounded_away()?;
        Ok(remainder)
    }

    /// A lot that a split rounded to nothing leaves its cost to a neighbour, because nothing could release it
    /// later. Where no neighbour is left, see [`Lots::release_rounded_away`].
    fn merge_rounded_away(&mut self) -> Result<(), NumberError> {
        let mut at = 0;
        while self.lots.len() > 1 && at < self.lots.len() {
            if !self.lots[at].quantity.is_zero() {
                at += 1;
                continue;
            }
            let gone = self.lots.remove(at);
            let heir = &mut self.lots[at.saturating_sub(1)];
            heir.cost = heir.cost.plus(gone.cost)?;
            at = at.saturating_sub(1);
        }
        Ok(())
    }

    /// Takes out what a split rounded to nothing as a whole, and returns its cost.
    pub fn release_rounded_away(&mut self) -> Money {
        if !self.quantity.is_zero() {
            return Money::ZERO;
        }
        self.lots.clear();
        std::mem::take(&mut self.cost)
    }

    fn open(&mut self, method: LotMethod, lot: Lot) -> Result<(), NumberError> {
        self.quantity = self.quantity.plus(lot.quantity)?;
        self.cost = self.cost.plus(lot.cost)?;
        match (method, self.lots.last_mut()) {
            (LotMethod::Average, Some(pool)) => {
                pool.quantity = pool.quantity.plus(lot.quantity)?;
                pool.cost = pool.cost.plus(lot.cost)?;
            }
            _ => self.lots.push(lot),
        }
        Ok(())
    }

    fn release(&mut self, at: usize, closed: Quantity) -> Result<Money, NumberError> {
        let lot = self.lots[at];
        let released = if closed == lot.quantity {
            self.lots.remove(at);
            lot.cost
        } else {
            let released = lot.cost.share(closed, lot.quantity)?;
            self.lots[at] = Lot { quantity: lot.quantity.minus(closed)?, cost: lot.cost.minus(released)? };
            released
        };
        self.quantity = self.quantity.minus(closed)?;
        self.cost = self.cost.minus(released)?;
        Ok(released)
    }

    fn next_to_close(&self, method: LotMethod) -> usize {
        match method {
            LotMethod::Fifo | LotMethod::Average => 0,
            LotMethod::Lifo => self.lots.len() - 1,
            LotMethod::Highest => {
                let mut best = 0;
                for at in 1..self.lots.len() {
                    if is_taken_before(self.lots[at], self.lots[best]) {
                        best = at;
                    }
                }
                best
            }
        }
    }
}

/// Whether lot `a` is dearer than lot `b`; for shorts, whether it was sold cheaper. Compared by cross products,
/// so that no unit cost is ever rounded.
fn is_taken_before(a: Lot, b: Lot) -> bool {
    let cross = |cost: Lot, quantity: Lot| {
        i128::from(cost.cost.micros()).abs() * i128::from(quantity.quantity.hundred_millionths()).abs()
    };
    let is_short = a.quantity.signum() < 0 || b.quantity.signum() < 0;
    if is_short { cross(a, b) < cross(b, a) } else { cross(a, b) > cross(b, a) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Books fills written as `quantity@price` and returns the gains and what stays open as `quantity:cost`.
    fn check(method: LotMethod, fills: &[&str], gains: &[&str], left: &[&str]) {
        let mut lots = Lots::default();
        let mut found = Vec::new();
        for fill in fills {
            let (quantity, price) = fill.split_once('@').unwrap();
            let (quantity, price): (Quantity, Price) = (quantity.parse().unwrap(), price.parse().unwrap());
            let cash = quantity.times(price, 1).unwrap();
            found.push(lots.book(method, quantity, price, 1, cash).unwrap().to_string());
        }
        assert_eq!(found, gains, "{fills:?}");
        let open: Vec<String> =
            lots.as_slice().iter().map(|l| format!("{}:{}", l.quantity, l.cost)).collect();
        assert_eq!(open, left, "{fills:?}");
        let sum = lots.as_slice().iter().fold(Quantity::ZERO, |sum, lot| sum.plus(lot.quantity).unwrap());
        assert_eq!(sum, lots.quantity());
    }

    #[test]
    fn fifo_closes_the_oldest_lot_first() {
        check(LotMethod::Fifo, &["10@5", "10@7", "-15@8"], &["0", "0", "35"], &["5:35"]);
    }

    #[test]
    fn lifo_closes_the_newest_lot_first() {
        check(LotMethod::Lifo, &["10@5", "10@7", "-15@8"], &["0", "0", "25"], &["5:25"]);
    }

    #[test]
    fn highest_closes_the_dearest_lot_and_the_cheapest_short_first() {
        check(
            LotMethod::Highest,
            &["10@5", "10@9", "10@7", "-10@8"],
            &["0", "0", "0", "-10"],
            &["10:50", "10:70"],
        );
        check(LotMethod::Highest, &["-10@5", "-10@9", "10@8"], &["0", "0", "-30"], &["-10:-90"]);
    }

    #[test]
    fn among_lots_of_one_price_highest_takes_the_earlier() {
        check(LotMethod::Highest, &["10@5", "20@5", "-10@8"], &["0", "0", "30"], &["20:100"]);
        check(LotMethod::Highest, &["-10@5", "-20@5", "10@8"], &["0", "0", "-30"], &["-20:-100"]);
    }

    #[test]
    fn average_pools_one_side() {
        check(LotMethod::Average, &["10@5", "10@7", "-5@8"], &["0", "0", "10"], &["15:90"]);
    }

    #[test]
    fn a_fill_that_crosses_zero_closes_and_opens() {
        check(LotMethod::Fifo, &["10@5", "-25@6"], &["0", "10"], &["-15:-90"]);
        check(LotMethod::Fifo, &["-10@5", "25@4"], &["0", "10"], &["15:60"]);
    }

    #[test]
    fn the_last_piece_takes_the_remainder() {
        // A third of 100 is released twice, rounded, and the last piece releases what is left.
        check(
            LotMethod::Fifo,
            &["3@33.333333", "-1@40", "-1@40", "-1@40"],
            &["0", "6.666667", "6.666667", "6.666667"],
            &[],
        );
        // Two lots of 0.00000001 closed by one fill of 0.00000002 at 100: the fill's cash is 0.000002.
        check(
            LotMethod::Fifo,
            &["0.00000001@50", "0.00000001@150", "-0.00000002@100"],
            &["0", "0", "0"],
            &[],
        );
    }
}
