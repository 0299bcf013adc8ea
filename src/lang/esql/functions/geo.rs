//! Points on the earth, written as `POINT (lon lat)`.

use super::{Arguments, Kind, Known, float, from_float, one, single, text};
use crate::event::Value;

pub const FUNCTIONS: &[Known] = &[
    single("to_geopoint", (1, 1), Kind::Any, |a| {
        let (x, y) = point(a, 0)?;
        Some(format!("POINT ({x} {y})").into())
    }),
    single("st_x", (1, 1), Kind::Number, |a| from_float(point(a, 0)?.0)),
    single("st_y", (1, 1), Kind::Number, |a| from_float(point(a, 0)?.1)),
    single("st_distance", (2, 2), Kind::Number, distance),
];

/// Metres from the earth's centre, as Lucene has it.
const RADIUS: f64 = 6_371_008.771_4;

/// Longitude and latitude: from text, from `{lon, lat}`, or from `lat,lon`.
fn point(a: Arguments<'_>, n: usize) -> Option<(f64, f64)> {
    if let Some(Value::Object(members)) = a.get(n)?.as_ref() {
        let member = |name: &str| {
            let found = members.iter().find(|(known, _)| &**known == name)?;
            float(&[Some(found.1.clone())], 0)
        };
        return Some((member("lon")?, member("lat")?));
    }
    one(a, n)?;
    let text = text(a, n)?;
    let inside = text
        .trim()
        .strip_prefix("POINT")
        .and_then(|rest| rest.trim().strip_prefix('(')?.strip_suffix(')'));
    let (x, y) = if let Some(inside) = inside {
        inside.trim().split_once(char::is_whitespace)?
    } else {
        let (lat, lon) = text.split_once(',')?;
        (lon, lat)
    };
    let (x, y) = (x.trim().parse().ok()?, y.trim().parse().ok()?);
    let sane = (-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y);
    sane.then_some((x, y))
}

/// Metres along the surface (haversine).
fn distance(a: Arguments<'_>) -> Option<Value> {
    let ((x1, y1), (x2, y2)) = (point(a, 0)?, point(a, 1)?);
    let (y1, y2) = (f64::to_radians(y1), f64::to_radians(y2));
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    let chord = half(y2 - y1) + y1.cos() * y2.cos() * half(f64::to_radians(x2 - x1));
    from_float(2.0 * RADIUS * chord.sqrt().min(1.0).asin())
}

#[cfg(test)]
mod tests {
    use super::super::examples::{call, check};
    use serde_json::json;

    #[test]
    fn points() {
        check(&[
            (
                "to_geopoint",
                json!(["POINT(42.97109630194 14.7552534413725)"]),
                json!("POINT (42.97109630194 14.7552534413725)"),
            ),
            ("to_geopoint", json!(["POINT(x 1)"]), json!(null)),
            ("to_geopoint", json!(["POINT(1 91)"]), json!(null)),
            ("st_x", json!(["52.5,13.4"]), json!(13.4)),
            ("st_y", json!(["POINT (13.4 52.5)"]), json!(52.5)),
            ("st_y", json!([{"lon": 1.0, "lat": 2.0}]), json!(2.0)),
        ]);
        let berlin_paris = call("st_distance", json!(["52.52,13.405", "48.8566,2.3522"]));
        let metres = berlin_paris.as_f64().unwrap();
        assert!((877_000.0..879_000.0).contains(&metres), "{metres}");
    }
}
