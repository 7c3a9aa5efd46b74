//! preference
