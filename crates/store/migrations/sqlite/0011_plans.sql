-- What the plan of a provider has shown of its bounds, in the provider's own words, and until when that is taken to hold.
ALTER TABLE budget ADD COLUMN plan_shown TEXT;
ALTER TABLE budget ADD COLUMN plan_until INTEGER;
