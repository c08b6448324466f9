#include "results/upstream/remote_write/gauge_names.h"

#include <functional>
#include <map>
#include <optional>
#include <set>

#include "results/metric_families.h"

namespace gaikei::remote_write {
namespace {

// A name: the family, then names and values of its labels. Values are harmless, and so have neither
// tab nor line feed.
constexpr char kBetween = '\t';
constexpr char kEnd = '\n';

std::string_view TakeUntil(std::string_view& text, char mark) {
  const std::size_t end = text.find(mark);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

std::set<std::string_view> LinesOf(std::string_view text) {
  std::set<std::string_view> lines;
  while (!text.empty()) lines.insert(TakeUntil(text, kEnd));
  return lines;
}

/// Listens to what families there are.
class FamilyList final : public MetricWriter {
 public:
  void Begin(const MetricFamily& family) override { families_.emplace(family.name, family); }
  void Sample(const LabelSet& /*labels*/, MoreLabels /*more*/, double /*value*/) override {}
  void Sample(const LabelSet& /*labels*/, MoreLabels /*more*/, std::uint64_t /*value*/) override {}
  void Sample(const LabelSet& /*labels*/, MoreLabels /*more*/,
              const CountedSpans& /*spans*/) override {}
  const std::map<std::string_view, MetricFamily>& families() const { return families_; }

 private:
  std::map<std::string_view, MetricFamily> families_;
};

const std::map<std::string_view, MetricFamily>& Families() {
  static const FamilyList kList = [] {
    FamilyList list;
    WriteLatest(list, {});
    return list;
  }();
  return kList.families();
}

std::optional<GaugeName> Parse(std::string_view line) {
  const auto family = Families().find(TakeUntil(line, kBetween));
  if (family == Families().end()) return std::nullopt;
  GaugeName name{family->second, {}};
  while (!line.empty()) {
    const std::string_view label = TakeUntil(line, kBetween);
    const std::string_view value = TakeUntil(line, kBetween);
    if (LabelName(label) != label || LabelValue(value) != value) return std::nullopt;
    name.more.push_back({label, value});
  }
  return name;
}

}  // namespace

void GaugeNames::Add(std::string_view family, MoreLabels more) {
  text_ += family;
  for (const LabelView& label : more) {
    text_ += kBetween;
    text_ += label.name;
    text_ += kBetween;
    text_ += LabelValue(label.value);
  }
  text_ += kEnd;
}

std::vector<GaugeName> GaugeNames::WithoutThoseOf(const GaugeNames& later) const {
  std::vector<GaugeName> gone;
  if (text_ == later.text_) return gone;
  const std::set<std::string_view> still = LinesOf(later.text_);
  for (const std::string_view line : LinesOf(text_)) {
    if (still.count(line) != 0) continue;
    if (auto name = Parse(line)) gone.push_back(*std::move(name));
  }
  return gone;
}

}  // namespace gaikei::remote_write
