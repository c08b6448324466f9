#include "results/upstream/mapping.h"

#include <algorithm>

namespace gaikei {
namespace {

bool MatchesAny(const std::vector<std::string>& patterns, std::string_view text) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return MatchesPattern(pattern, text); });
}

}  // namespace

bool MatchesPattern(std::string_view pattern, std::string_view text) {
  // Where a `*` was met last, and what of the text it stands for so far.
  std::size_t star = std::string_view::npos;
  std::size_t resumed = 0;
  std::size_t p = 0;
  std::size_t t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resumed = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resumed;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool Narrows(const SampleSelection& selection) {
  return !selection.checks.empty() || !selection.regions.empty() || !selection.labels.empty();
}

bool Selects(const SampleSelection& selection, const SampleSeries& series) {
  if (!MatchesAny(selection.checks, series.check->name)) return false;
  if (!MatchesAny(selection.regions, series.region)) return false;
  const auto& labels = series.check->labels;
  return std::all_of(selection.labels.begin(), selection.labels.end(), [&](const auto& wanted) {
    return std::any_of(labels.begin(), labels.end(), [&](const auto& label) {
      return label.first == wanted.first && MatchesPattern(wanted.second, label.second);
    });
  });
}

std::optional<std::string> MappedName(const LabelMapping& mapping, std::string_view ours) {
  for (const auto& [from, to] : mapping.rename) {
    if (from != ours) continue;
    if (to.empty()) return std::nullopt;
    return to;
  }
  return std::string(ours);
}

bool Drops(const LabelMapping& mapping, std::string_view family) {
  if (family == "phases" && mapping.drop.count("histograms") != 0) return true;
  return mapping.drop.count(std::string(family)) != 0;
}

}  // namespace gaikei
