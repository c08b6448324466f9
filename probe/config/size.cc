#include "probe/config/size.h"

#include <array>
#include <charconv>
#include <limits>

namespace gaikei {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Unit, 9> kUnits{{{"B", 1},
                                      {"KB", 1'000},
                                      {"MB", 1'000'000},
                                      {"GB", 1'000'000'000},
                                      {"TB", 1'000'000'000'000},
                                      {"KiB", std::uint64_t{1} << 10U},
                                      {"MiB", std::uint64_t{1} << 20U},
                                      {"GiB", std::uint64_t{1} << 30U},
                                      {"TiB", std::uint64_t{1} << 40U}}};

}  // namespace

std::optional<std::uint64_t> ParseSize(std::string_view text) {
  std::uint64_t amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : kUnits) {
    if (unit.name != text) continue;
    if (amount > std::numeric_limits<std::uint64_t>::max() / unit.bytes) return std::nullopt;
    return amount * unit.bytes;
  }
  return std::nullopt;
}

}  // namespace gaikei
