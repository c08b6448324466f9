#include "results/upstream/mackerel/short_text.h"

namespace gaikei::mackerel {
namespace {

constexpr std::string_view kMark = "...";

/// Units of UTF-16 that a character takes, by its first byte; 0 for a byte that continues one.
std::size_t UnitsOf(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if ((byte & 0xC0U) == 0x80U) return 0;
  return byte >= 0xF0U ? 2 : 1;
}

}  // namespace

std::string Shortened(std::string_view text, std::size_t limit) {
  std::size_t units = 0;
  std::size_t end = 0;  // of what would be kept before the mark
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t more = UnitsOf(text[i]);
    if (more > 0 && units <= limit - kMark.size()) end = i;
    units += more;
    if (units > limit) return std::string(text.substr(0, end)).append(kMark);
  }
  return std::string(text);
}

}  // namespace gaikei::mackerel
