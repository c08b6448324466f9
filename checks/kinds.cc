#include "checks/kinds.h"

#include <algorithm>
#include <array>

#include "checks/http.h"
#include "checks/tls.h"

namespace gaikei {
namespace {

constexpr std::array<std::string_view, 2> kHttpSchemes = {"https", "http"};
constexpr std::array<std::string_view, 1> kTlsSchemes = {"tls"};

/// The list of all kinds of check.
constexpr std::array kKinds = {
    Kind{"http", kHttpSchemes, &MakeHttpCheck},
    Kind{"tls", kTlsSchemes, &MakeTlsCheck},
};

}  // namespace

std::span<const Kind> AllKinds() { return kKinds; }

const Kind* FindKind(std::string_view name) {
  const auto it = std::find_if(kKinds.begin(), kKinds.end(),
                               [&](const Kind& kind) { return kind.name == name; });
  return it == kKinds.end() ? nullptr : &*it;
}

const Kind* FindKindByScheme(std::string_view scheme) {
  const auto it = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& kind) {
    return std::find(kind.schemes.begin(), kind.schemes.end(), scheme) != kind.schemes.end();
  });
  return it == kKinds.end() ? nullptr : &*it;
}

}  // namespace gaikei
