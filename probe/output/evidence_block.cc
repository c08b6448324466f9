#include "probe/output/evidence_block.h"

#include <fmt/format.h>

#include <algorithm>

#include "probe/output/waterfall.h"

namespace gaikei {

void Block::Add(std::string_view label, std::string_view text, Tone tone) {
  for (const std::string& line : Wrap(text, TextColumns())) {
    Push(label, options_.style.Paint(tone, line));
  }
}

void Block::Push(std::string_view label, const std::string& text) {
  const std::string_view shown = label == last_ ? std::string_view() : label;
  last_ = label;
  lines_.push_back(std::string(kIndent, ' ') +
                   options_.style.Paint(Tone::kFaint, PadRight(shown, kLabelColumns)) + text);
}

std::size_t Block::TextColumns() const {
  return std::max<std::size_t>(options_.width, 40) - kIndent - kLabelColumns;
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

}  // namespace gaikei
