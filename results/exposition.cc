#include "results/exposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "results/ascii.h"

namespace gaikei {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes what stands before the next `mark`, or all that is left.
std::string_view TakePart(std::string_view& text, char mark) {
  const auto end = text.find(mark);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return Trim(part);
}

/// One range of an Accept header (RFC 9110, 12.5.1).
struct MediaRange {
  std::string type;  ///< lower case
  std::string_view version;
  double quality = 1;
};

MediaRange ParseRange(std::string_view text) {
  MediaRange range;
  range.type = LowerCase(TakePart(text, ';'));
  while (!text.empty()) {
    std::string_view value = TakePart(text, ';');
    const std::string_view name = TakePart(value, '=');
    if (name == "version") range.version = value;
    if (name != "q" && name != "Q") continue;
    double quality = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), quality);
    range.quality = error == std::errc() ? quality : 0;
  }
  return range;
}

std::string ValueText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

std::string_view TypeName(MetricType type) {
  switch (type) {
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kCounter:
      return "counter";
    case MetricType::kHistogram:
      return "histogram";
  }
  return "";
}

}  // namespace

MetricFormat NegotiateFormat(std::string_view accept) {
  double open_metrics = 0;
  double text = 0;
  while (!accept.empty()) {
    const MediaRange range = ParseRange(TakePart(accept, ','));
    if (range.type == "application/openmetrics-text") {
      if (range.version.empty() || range.version == "1.0.0" || range.version == "0.0.1") {
        open_metrics = std::max(open_metrics, range.quality);
      }
    } else if (range.type == "text/plain") {
      text = std::max(text, range.quality);
    }
  }
  return open_metrics > 0 && open_metrics >= text ? MetricFormat::kOpenMetrics
                                                  : MetricFormat::kPrometheus;
}

std::string_view ContentType(MetricFormat format) {
  return format == MetricFormat::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

std::string BoundText(MetricFormat format, double bound) {
  std::string text = fmt::format("{}", bound);
  // OpenMetrics wants the canonical floating point form, so that all agree on a bucket's identity.
  if (format == MetricFormat::kOpenMetrics && text.find_first_of(".e") == std::string::npos) {
    text += ".0";
  }
  return text;
}

void Exposition::Begin(const MetricFamily& family) {
  family_ = family;
  has_head_ = false;
}

void Exposition::Head() {
  has_head_ = true;
  const bool is_open = format_ == MetricFormat::kOpenMetrics;
  const bool has_suffix = family_.type == MetricType::kCounter && !is_open;
  const std::string name = fmt::format("{}{}", family_.name, has_suffix ? "_total" : "");
  out_ += fmt::format("# HELP {} ", name);
  AppendEscaped(out_, family_.help, is_open);
  out_ += fmt::format("\n# TYPE {} {}\n", name, TypeName(family_.type));
  if (is_open && !family_.unit.empty()) out_ += fmt::format("# UNIT {} {}\n", name, family_.unit);
}

void Exposition::Take(const LabelSet& labels, MoreLabels more) {
  labels_ = labels.text();
  for (const LabelView& label : more) {
    if (!labels_.empty()) labels_ += ',';
    AppendLabelText(labels_, label.name, label.value);
  }
}

void Exposition::Line(std::string_view suffix, std::string_view le, std::string_view value) {
  if (!has_head_) Head();
  out_ += family_.name;
  out_ += suffix;
  if (!labels_.empty() || !le.empty()) {
    out_ += '{';
    out_ += labels_;
    if (!le.empty()) {
      if (!labels_.empty()) out_ += ',';
      out_ += "le=\"";
      out_ += le;
      out_ += '"';
    }
    out_ += '}';
  }
  out_ += ' ';
  out_ += value;
  out_ += '\n';
}

void Exposition::Sample(const LabelSet& labels, MoreLabels more, double value) {
  Take(labels, more);
  Line(family_.type == MetricType::kCounter ? "_total" : "", "", ValueText(value));
}

void Exposition::Sample(const LabelSet& labels, MoreLabels more, std::uint64_t value) {
  Take(labels, more);
  Line(family_.type == MetricType::kCounter ? "_total" : "", "", fmt::format_int(value).str());
}

void Exposition::Sample(const LabelSet& labels, MoreLabels more, const CountedSpans& spans) {
  Take(labels, more);
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < spans.bounds.size(); ++i) {
    so_far += spans.histogram.buckets[i];
    Line("_bucket", BoundText(format_, spans.bounds[i]), fmt::format_int(so_far).str());
  }
  const std::string total = fmt::format_int(spans.histogram.Total()).str();
  Line("_bucket", "+Inf", total);
  Line("_sum", "", ValueText(Seconds(spans.histogram.sum)));
  Line("_count", "", total);
}

std::string Exposition::Finish() {
  if (format_ == MetricFormat::kOpenMetrics) out_ += "# EOF\n";
  return std::move(out_);
}

}  // namespace gaikei
