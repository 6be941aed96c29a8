//! One call to a provider as a pattern file describes it: request, signature, transport, judgement, pace.
//! Floor 2: knows patterns and secrets, nothing of findings as a whole.

pub mod address;
pub mod budget;
pub mod build;
pub mod clock;
mod destination;
pub mod egress;
pub mod encode;
pub mod exchange;
pub mod fault;
pub mod find;
pub mod judge;
pub mod make;
pub mod pace;
pub mod pick;
mod program;
pub mod protocol;
pub mod request;
pub mod sign;
pub mod stream;
pub mod transport;
pub mod url;
pub mod values;
pub mod xml;
