//! Questions to the kept events: the pivots of a guide, answered from the same logs.
