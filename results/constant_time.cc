#include "results/constant_time.h"

#include <cstddef>

namespace gaikei {

bool IsSameInConstantTime(std::string_view given, std::string_view secret) {
  // An empty secret is compared with a text of its own, so that there is something to read.
  const std::string_view other = secret.empty() ? std::string_view("\0", 1) : secret;
  // volatile: the compiler must not find out that it could stop early.
  volatile unsigned char difference = given.size() == secret.size() ? 0 : 1;
  std::size_t at = 0;
  for (const char c : given) {
    difference = static_cast<unsigned char>(
        difference | (static_cast<unsigned char>(c) ^ static_cast<unsigned char>(other[at])));
    at = at + 1 < other.size() ? at + 1 : 0;
  }
  return difference == 0;
}

}  // namespace gaikei
