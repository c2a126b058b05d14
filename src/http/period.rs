//! Reads the period that the filters of every call have: `dateFrom`, `dateTo`, and the `timeZone` that both are read in.

use super::parameters::Parameters;
use crate::domain::{fault::Fault, moment::Moment, time_zone::TimeZone, timestamp::Timestamp};

/// A period, from the one instant up to the other.
#[derive(Debug)]
pub struct Period {
    /// Where the local times of the request are local; UTC unless it says.
    pub time_zone: TimeZone,
    /// The first instant.
    pub date_from: Option<Timestamp>,
    /// The first instant after it.
    pub date_to: Option<Timestamp>,
}

impl Period {
    /// Reads the parameters, and refuses a period that holds no instant.
    pub fn read(parameters: &mut Parameters) -> Self {
        let dates: [Option<Moment>; 2] = [parameters.one("dateFrom"), parameters.one("dateTo")];
        // A zone that was given and not understood is told once, not again by each date that is local in it.
        let has_zone = parameters.is_given("timeZone");
        let time_zone = parameters.one("timeZone").unwrap_or_default();
        let mut instant = |name, moment: Option<Moment>, of: fn(Moment, TimeZone) -> Result<Timestamp, Fault>| {
            let moment = moment?;
            let instant = if moment.is_local() && !has_zone {
                Err(Fault::new(
                    "has no offset, such as Z or +02:00, so it is an instant only together with timeZone, such as \
                     timeZone=Europe/Zagreb",
                ))
            } else {
                of(moment, time_zone)
            };
            instant.map_err(|fault| parameters.refuse(name, fault)).ok()
        };
        let date_from = instant("dateFrom", dates[0], Moment::begins);
        let date_to = instant("dateTo", dates[1], Moment::ends);
        if let (Some(from), Some(to)) = (date_from, date_to)
            && from >= to
        {
            let message = format!("{from} is not before dateTo, which is {to}; the period would be empty");
            parameters.refuse("dateFrom", Fault::new(message));
        }
        Self { time_zone, date_from, date_to }
    }
}
