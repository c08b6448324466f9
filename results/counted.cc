#include "results/counted.h"

#include <fmt/format.h>

namespace gaikei {

std::string Counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace gaikei
