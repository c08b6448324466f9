#include "probe/config/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <tuple>

#include "results/nearest.h"
#include "results/text.h"

namespace gaikei {

std::string ConfigError::Text() const {
  if (line == 0) return fmt::format("{}: {}", file, message);
  return fmt::format("{}:{}:{}: {}", file, line, column, message);
}

void ErrorList::Add(const Position& position, std::string message) {
  Add({position.source->name, position.line, position.column, std::move(message)},
      position.source->order);
}

void ErrorList::Add(ConfigError error, unsigned order) {
  errors_.push_back({order, std::move(error)});
}

std::vector<ConfigError> ErrorList::Take() {
  std::stable_sort(errors_.begin(), errors_.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.order, a.error.line, a.error.column) <
           std::tie(b.order, b.error.line, b.error.column);
  });
  std::vector<ConfigError> sorted;
  sorted.reserve(errors_.size());
  for (Entry& entry : errors_) sorted.push_back(std::move(entry.error));
  errors_.clear();
  return sorted;
}

std::string DidYouMean(std::string_view word, std::span<const std::string_view> known) {
  const auto nearest = Nearest(word, known);
  return nearest ? fmt::format("; did you mean {}?", Quoted(*nearest)) : std::string();
}

std::string Listed(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) {
    if (!list.empty()) list += ", ";
    list += Quoted(name);
  }
  return list;
}

std::string Text(const Position& position) {
  return fmt::format("{}:{}:{}", position.source->name, position.line, position.column);
}

std::string ErrnoText(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

std::string Quoted(std::string_view text) { return '"' + Escape(text, 100) + '"'; }

}  // namespace gaikei
