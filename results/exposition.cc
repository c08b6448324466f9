#include "results/exposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "results/text.h"

namespace gaikei {
namespace {

/// Label values longer than this are cut: a server that asks for more wants harm.
constexpr std::size_t kMaxLabelValue = 4096;

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
  range.type = TakePart(text, ';');
  std::transform(range.type.begin(), range.type.end(), range.type.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
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

/// Printable ASCII alone needs no closer look.
bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

void AppendEscaped(std::string& out, std::string_view text, bool with_quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (c == '"' && with_quotes)) out += '\\';
    out += c;
  }
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

LabelSet& LabelSet::Add(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += ',';
  text_ += name;
  text_ += "=\"";
  if (IsPlain(value)) {
    AppendEscaped(text_, value, true);
  } else {
    AppendEscaped(text_, Escape(value, kMaxLabelValue), true);
  }
  text_ += '"';
  return *this;
}

LabelSet LabelSet::With(std::string_view name, std::string_view value) const {
  LabelSet more = *this;
  more.Add(name, value);
  return more;
}

std::string LabelName(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool is_digit = c >= '0' && c <= '9';
    if (is_digit && out.empty()) out += '_';
    out += is_letter || is_digit ? c : '_';
  }
  return out.empty() ? "_" : out;
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

void Exposition::Line(std::string_view suffix, const LabelSet& labels, std::string_view value) {
  if (!has_head_) Head();
  out_ += family_.name;
  out_ += suffix;
  if (!labels.text().empty()) {
    out_ += '{';
    out_ += labels.text();
    out_ += '}';
  }
  out_ += ' ';
  out_ += value;
  out_ += '\n';
}

void Exposition::Sample(const LabelSet& labels, double value) {
  Line(family_.type == MetricType::kCounter ? "_total" : "", labels, ValueText(value));
}

void Exposition::Sample(const LabelSet& labels, std::uint64_t value) {
  Line(family_.type == MetricType::kCounter ? "_total" : "", labels, fmt::format_int(value).str());
}

std::string Exposition::BoundText(double bound) const {
  std::string text = fmt::format("{}", bound);
  // OpenMetrics wants the canonical floating point form, so that all agree on a bucket's identity.
  if (format_ == MetricFormat::kOpenMetrics && text.find_first_of(".e") == std::string::npos) {
    text += ".0";
  }
  return text;
}

template <class Count>
void Exposition::Sample(const LabelSet& labels, const Bounds& bounds,
                        const BasicHistogram<Count>& histogram) {
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    so_far += histogram.buckets[i];
    Line("_bucket", labels.With("le", BoundText(bounds[i])), fmt::format_int(so_far).str());
  }
  const std::string total = fmt::format_int(histogram.Total()).str();
  Line("_bucket", labels.With("le", "+Inf"), total);
  Line("_sum", labels, ValueText(Seconds(histogram.sum)));
  Line("_count", labels, total);
}

template void Exposition::Sample(const LabelSet&, const Bounds&,
                                 const BasicHistogram<std::uint32_t>&);
template void Exposition::Sample(const LabelSet&, const Bounds&,
                                 const BasicHistogram<std::uint64_t>&);

std::string Exposition::Finish() {
  if (format_ == MetricFormat::kOpenMetrics) out_ += "# EOF\n";
  return std::move(out_);
}

}  // namespace gaikei
