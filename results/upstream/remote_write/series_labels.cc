#include "results/upstream/remote_write/series_labels.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace gaikei::remote_write {
namespace {

constexpr std::string_view kMetricName = "__name__";
constexpr std::string_view kBound = "le";

template <class Labels>
bool HasName(const Labels& labels, std::string_view name) {
  return std::any_of(labels.begin(), labels.end(),
                     [&](const auto& label) { return label.name == name; });
}

}  // namespace

SeriesLabels::Label SeriesLabels::Encoded(std::string name, std::string_view value) {
  Label label{std::move(name), {}};
  out_.AppendLabel(label.encoded, label.name, value);
  return label;
}

void SeriesLabels::SetCommon(const LabelSet& labels) {
  if (!common_.empty() && labels.labels() == given_) return;
  given_ = labels.labels();
  common_.clear();
  for (const LabelSet::Label& given : given_) {
    std::optional<std::string> name = rules_.NameOf(given.name);
    if (!name || given.value.empty()) continue;
    // As Prometheus does with a label that collides.
    if (HasName(common_, *name)) *name = "exported_" + *name;
    if (!HasName(common_, *name)) common_.push_back(Encoded(*std::move(name), given.value));
  }
  for (const auto& [name, value] : rules_.added()) {
    if (!HasName(common_, name)) common_.push_back(Encoded(name, value));
  }
}

void SeriesLabels::SetMore(std::span<const LabelView> more) {
  more_.clear();
  for (const LabelView& given : more) {
    std::optional<std::string> name = Distinguishes(given.name)
                                          ? rules_.DistinguishingNameOf(given.name)
                                          : rules_.NameOf(given.name);
    if (!name || given.value.empty() || HasName(more_, *name)) continue;
    more_.push_back(Encoded(*std::move(name), LabelValue(given.value)));
  }
}

void SeriesLabels::Set(const LabelSet& labels, std::span<const LabelView> more) {
  SetCommon(labels);
  SetMore(more);
  sorted_.clear();
  for (const Label& label : more_) sorted_.push_back(&label);
  for (const Label& label : common_) {
    if (!HasName(more_, label.name)) sorted_.push_back(&label);
  }
  std::sort(sorted_.begin(), sorted_.end(),
            [](const Label* a, const Label* b) { return a->name < b->name; });
}

std::string_view SeriesLabels::Of(std::string_view metric_name, std::string_view le) {
  labels_.clear();
  bool has_name = false;
  bool has_bound = le.empty();
  const auto append_before = [&](const std::string* next) {
    if (!has_name && (next == nullptr || kMetricName < *next)) {
      out_.AppendLabel(labels_, kMetricName, metric_name);
      has_name = true;
    }
    if (!has_bound && (next == nullptr || kBound < *next)) {
      out_.AppendLabel(labels_, kBound, le);
      has_bound = true;
    }
  };
  for (const Label* label : sorted_) {
    append_before(&label->name);
    labels_ += label->encoded;
  }
  append_before(nullptr);
  return labels_;
}

}  // namespace gaikei::remote_write
