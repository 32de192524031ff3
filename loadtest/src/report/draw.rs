//! A chart as SVG: axes, a legend above them, lines. It knows nothing about runs.
//!
//! It is drawn in the light colours of `THEME`; its style sheet has the dark ones, and the dashes, by the
//! attributes that the drawing library writes. So one drawing serves both themes.

use super::ticks::Axis;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;
use std::ops::Range;

/// Each light colour with its dark one. The first are for series: colour-blind people can distinguish them
/// (Okabe and Ito).
const THEME: [(RGBColor, &str); 10] = [
    (RGBColor(0x00, 0x72, 0xb2), "#4da6e0"),
    (RGBColor(0xd5, 0x5e, 0x00), "#ff8a3d"),
    (RGBColor(0x00, 0x9e, 0x73), "#2cc79b"),
    (RGBColor(0xcc, 0x79, 0xa7), "#e39cc4"),
    (RGBColor(0xe6, 0x9f, 0x00), "#f2c14e"),
    (RGBColor(0x56, 0xb4, 0xe9), "#9ad7fa"),
    (TEXT, "#e6e8eb"),
    (MUTED, "#a3adb8"),
    (GRID, "#343b44"),
    (PAPER, "#14181d"),
];
/// The number of colours for series.
pub(super) const COLORS: usize = 6;
const TEXT: RGBColor = RGBColor(0x1b, 0x1f, 0x24);
const MUTED: RGBColor = RGBColor(0x57, 0x60, 0x6a);
const GRID: RGBColor = RGBColor(0xdf, 0xe3, 0xe8);
const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
/// The opacities that the style turns into dashes, and that of the area below a line.
const DASHED: f64 = 0.75;
const FILLED: f64 = 0.15;
/// Font sizes of the drawing library, which draws them a fifth smaller.
const TITLE: i32 = 22;
const SMALL: i32 = 17;
/// The largest ratio of width to height of a letter in the usual fonts.
const LETTER: f64 = 0.5;
/// Margins for the marks of the axes, and the smallest one at the right.
const LEFT: i32 = 68;
const BELOW: i32 = 52;
const RIGHT: i32 = 34;

/// One chart, without its size.
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) series: Vec<Series>,
}

/// One line of a chart.
pub(super) struct Series {
    /// The text in the legend; `None` for another line of the series before.
    pub(super) label: Option<String>,
    /// The index of its colour.
    pub(super) color: usize,
    pub(super) stroke: Stroke,
    pub(super) points: Vec<(f64, f64)>,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stroke {
    Solid,
    Dashed,
    /// With the area below it.
    Filled,
    /// With a dot at each point.
    Dotted,
}

/// The size of a drawing: text does not shrink with the screen, so a phone gets its own drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// As wide as the page.
    Banner,
    Wide,
    Narrow,
}

impl Size {
    fn pixels(self) -> (u32, u32) {
        match self {
            Self::Banner => (1340, 440),
            Self::Wide => (660, 400),
            Self::Narrow => (370, 340),
        }
    }
}

/// The style rules of the drawings within `scope`.
pub(super) fn style(scope: &str) -> String {
    let mut text = format!(
        "{scope} text{{font-family:system-ui,sans-serif}}\
         {scope} polyline{{stroke-linejoin:round}}\
         {scope} polyline[opacity=\"{DASHED}\"]{{stroke-dasharray:5 4;opacity:1}}\
         @media(prefers-color-scheme:dark){{"
    );
    for (RGBColor(r, g, b), dark) in THEME {
        text += &format!(
            "{scope} [fill=\"#{r:02X}{g:02X}{b:02X}\"]{{fill:{dark}}}\
             {scope} [stroke=\"#{r:02X}{g:02X}{b:02X}\"]{{stroke:{dark}}}"
        );
    }
    text + "}"
}

/// The drawing as its own document.
pub(super) fn alone(chart: &Chart) -> Result<String, String> {
    let svg = draw(chart, Size::Wide)?;
    let begin = svg.find('>').ok_or("the drawing is empty")? + 1;
    Ok(format!(
        "{}<style>{}</style>{}",
        &svg[..begin],
        style("svg"),
        &svg[begin..]
    ))
}

/// The drawing as an element, without its style.
pub(super) fn draw(chart: &Chart, size: Size) -> Result<String, String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size.pixels()).into_drawing_area();
        paint(chart, &root, size).map_err(|error| format!("cannot draw: {error}"))?;
        root.present()
            .map_err(|error| format!("cannot draw: {error}"))?;
    }
    // The page decides the width.
    let (width, height) = size.pixels();
    Ok(svg.replacen(
        &format!("width=\"{width}\" height=\"{height}\" "),
        "role=\"img\" ",
        1,
    ))
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Failure = Box<dyn std::error::Error>;

fn paint(chart: &Chart, root: &Area<'_>, size: Size) -> Result<(), Failure> {
    root.fill(&PAPER)?;
    let (width, _) = size.pixels();
    let title = ("sans-serif", TITLE).into_font().style(FontStyle::Bold);
    root.draw(&Text::new(
        chart.title.as_str(),
        (10, 8),
        title.color(&TEXT),
    ))?;
    let top = legend(chart, root, width as i32)?;
    let small = ("sans-serif", SMALL).into_font();
    let y_title = Text::new(chart.y.title.as_str(), (10, top), small.color(&MUTED));
    root.draw(&y_title)?;

    let (x, y) = (Marked::new(&chart.x), Marked::new(&chart.y));
    let (ground, right) = (y.range.start, right(&chart.x));
    let mut area = ChartBuilder::on(root)
        .margin_top(top + SMALL + 12)
        .margin_right(right)
        .margin_bottom(4)
        .x_label_area_size(BELOW)
        .y_label_area_size(LEFT)
        .build_cartesian_2d(x, y)?;
    let kept = kept(&chart.x, (width as i32 - LEFT - right) as f64);
    area.configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(MUTED)
        .label_style(small.color(&MUTED))
        .axis_desc_style(small.color(&MUTED))
        .x_desc(chart.x.title.as_str())
        .x_label_formatter(&|place| match kept.contains(&place.to_bits()) {
            true => chart.x.label(*place),
            false => String::new(),
        })
        .y_label_formatter(&|place| chart.y.label(*place))
        .draw()?;
    for series in &chart.series {
        let color = THEME[series.color % COLORS].0;
        let points = || {
            let places = series.points.iter();
            places.map(|&(x, y)| (chart.x.place(x), chart.y.place(y)))
        };
        match series.stroke {
            Stroke::Dashed => {
                area.draw_series(LineSeries::new(points(), color.mix(DASHED).stroke_width(2)))?;
                continue;
            }
            Stroke::Filled => {
                area.draw_series(AreaSeries::new(points(), ground, color.mix(FILLED)))?;
            }
            Stroke::Dotted => {
                area.draw_series(points().map(|point| Circle::new(point, 4, color.filled())))?;
            }
            Stroke::Solid => {}
        }
        area.draw_series(LineSeries::new(points(), color.stroke_width(2)))?;
    }
    Ok(())
}

/// An axis for the drawing library, with exactly these marks.
struct Marked {
    range: Range<f64>,
    marks: Vec<f64>,
}

impl Marked {
    /// From the first mark to the last, perhaps with some room beside them.
    fn new(axis: &Axis) -> Self {
        let first = axis.marks.first().copied().unwrap_or(0.0);
        let last = axis.marks.last().copied().unwrap_or(1.0);
        let room = match axis.roomy {
            true => ((last - first) * 0.06).max(0.05),
            false => 0.0,
        };
        Self {
            range: first - room..last + room,
            marks: axis.marks.clone(),
        }
    }
}

impl Ranged for Marked {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let length = self.range.end - self.range.start;
        let part = match length > 0.0 {
            true => (value - self.range.start) / length,
            false => 0.5,
        };
        limit.0 + (part * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.marks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

/// The right margin: half of the last mark's label is there.
fn right(axis: &Axis) -> i32 {
    let last = axis.marks.last().map(|&mark| axis.label(mark));
    let letters = last.unwrap_or_default().chars().count();
    RIGHT.max((letters as f64 * LETTER * f64::from(SMALL) / 2.0).ceil() as i32 + 8)
}

/// The marks with a label, as bits: those that do not overlap the one before.
fn kept(axis: &Axis, width: f64) -> Vec<u64> {
    let labels = axis.marks.iter().map(|&mark| axis.label(mark));
    let longest = labels.map(|label| label.chars().count()).max();
    let each = (longest.unwrap_or(0) + 2) as f64 * LETTER * f64::from(SMALL);
    let (first, last) = (axis.marks[0], axis.marks[axis.marks.len() - 1]);
    let place = |mark: f64| (mark - first) / (last - first) * width;
    let mut kept = vec![first];
    for &mark in &axis.marks {
        if place(mark) - place(kept[kept.len() - 1]) >= each {
            kept.push(mark);
        }
    }
    kept.into_iter().map(f64::to_bits).collect()
}

/// The legend below the title, in as many rows as it needs. Returns where it ends.
fn legend(chart: &Chart, root: &Area<'_>, width: i32) -> Result<i32, Failure> {
    let small = ("sans-serif", SMALL).into_font();
    let (mut x, mut y) = (10, TITLE + 18);
    let named: Vec<&Series> = chart.series.iter().filter(|s| s.label.is_some()).collect();
    for series in &named {
        let label = series.label.as_deref().unwrap_or_default();
        let wide = 26 + 16 + (label.chars().count() as f64 * LETTER * f64::from(SMALL)) as i32;
        if x > 10 && x + wide > width {
            (x, y) = (10, y + SMALL + 8);
        }
        let color = THEME[series.color % COLORS].0;
        let middle = y + SMALL / 2;
        let style = match series.stroke {
            Stroke::Dashed => color.mix(DASHED).stroke_width(3),
            _ => color.stroke_width(3),
        };
        root.draw(&PathElement::new([(x, middle), (x + 20, middle)], style))?;
        root.draw(&Text::new(label, (x + 26, y), small.color(&TEXT)))?;
        x += wide;
    }
    Ok(match named.is_empty() {
        true => y,
        false => y + SMALL + 12,
    })
}

#[cfg(test)]
mod tests {
    use super::super::ticks::Unit;
    use super::*;

    #[test]
    fn the_last_label_has_room_at_the_right() {
        let axis = |decades: i32| {
            let values: Vec<f64> = (0..=decades).map(|decade| 10f64.powi(decade)).collect();
            Axis::at("", Unit::Nines, &values)
        };
        assert_eq!(right(&axis(2)), RIGHT);
        // `99.999999 %` is 11 letters.
        let half = 11.0 * LETTER * f64::from(SMALL) / 2.0;
        assert!(f64::from(right(&axis(8))) > half);
    }
}
