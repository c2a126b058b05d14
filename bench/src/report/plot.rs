//! Line plots as SVG. Both axes are logarithmic.

use std::fmt::Write;

pub struct Line {
    pub name: String,
    pub points: Vec<(f64, f64)>,
    pub dashed: bool,
}

/// One plot.
pub struct Panel {
    pub title: String,
    pub x: &'static str,
    pub lines: Vec<Line>,
    /// The labels of the x axis with their values.
    pub x_ticks: Vec<(f64, String)>,
}

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 44.0;
const LEGEND: f64 = 16.0;
const COLOURS: [&str; 8] = ["#0b6bcb", "#c4320a", "#1f7a1f", "#7d3cb5", "#9a6700", "#0e7c86", "#b1206d", "#57606a"];

/// Draws panels side by side.
pub fn svg(panels: &[Panel]) -> String {
    let lines = panels.iter().map(|panel| panel.lines.len()).max().unwrap_or_default();
    let (width, height) = (WIDTH * panels.len() as f64, HEIGHT + LEGEND * lines as f64 + 10.0);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    for (index, panel) in panels.iter().enumerate() {
        let _ = writeln!(text, "<g transform=\"translate({},0)\">", WIDTH * index as f64);
        draw(&mut text, panel);
        text.push_str("</g>\n");
    }
    text.push_str("</svg>\n");
    text
}

/// Maps logarithms to positions on an axis.
struct Axis {
    from: f64,
    to: f64,
    begin: f64,
    end: f64,
}

impl Axis {
    fn of(values: impl Iterator<Item = f64>, begin: f64, end: f64) -> Self {
        let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| *value > 0.0).map(f64::log10) {
            (from, to) = (from.min(value), to.max(value));
        }
        if from > to {
            (from, to) = (0.0, 1.0);
        }
        if to - from < 0.1 {
            (from, to) = (from - 0.5, to + 0.5);
        }
        Self { from, to, begin, end }
    }

    fn position(&self, value: f64) -> f64 {
        self.begin + (value.log10() - self.from) / (self.to - self.from) * (self.end - self.begin)
    }
}

fn draw(text: &mut String, panel: &Panel) {
    let points = || panel.lines.iter().flat_map(|line| &line.points);
    let x = Axis::of(points().map(|point| point.0), LEFT, WIDTH - RIGHT);
    let mut y = Axis::of(points().map(|point| point.1), HEIGHT - BOTTOM, TOP);
    (y.from, y.to) = (y.from.floor(), y.to.ceil());
    let _ = writeln!(text, "<text x=\"{LEFT}\" y=\"20\" font-weight=\"600\">{}</text>", panel.title);
    for decade in y.from as i32..=y.to as i32 {
        let value = 10f64.powi(decade);
        let position = y.position(value);
        let label = if decade < 0 { format!("{value}") } else { format!("{value:.0}") };
        let _ = writeln!(text, "<path d=\"M{LEFT} {position:.1}H{}\" stroke=\"#d0d7de\"/>", WIDTH - RIGHT);
        let _ = writeln!(text, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>", LEFT - 6.0, position + 4.0);
    }
    for (value, label) in &panel.x_ticks {
        let position = x.position(*value);
        let _ = writeln!(text, "<path d=\"M{position:.1} {}v5\" stroke=\"#57606a\"/>", HEIGHT - BOTTOM);
        let _ =
            writeln!(text, "<text x=\"{position:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>", HEIGHT - BOTTOM + 18.0);
    }
    let _ = writeln!(text, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", WIDTH - RIGHT, HEIGHT - 8.0, panel.x);
    for (index, line) in panel.lines.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let dash = if line.dashed { " stroke-dasharray=\"5 4\"" } else { "" };
        let positions: Vec<String> =
            line.points.iter().map(|point| format!("{:.1},{:.1}", x.position(point.0), y.position(point.1))).collect();
        let _ = writeln!(
            text,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>",
            positions.join(" ")
        );
        for point in &line.points {
            let _ = writeln!(
                text,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>",
                x.position(point.0),
                y.position(point.1)
            );
        }
        let legend = HEIGHT + LEGEND * index as f64;
        let _ = writeln!(text, "<path d=\"M{LEFT} {legend}h24\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>");
        let _ = writeln!(text, "<text x=\"{}\" y=\"{}\">{}</text>", LEFT + 32.0, legend + 4.0, line.name);
    }
}
