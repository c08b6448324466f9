#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "checks/check.h"
#include "checks/spec.h"

namespace gaikei {

/// One kind of check. The table in kinds.cc is the list of all there are.
struct Kind {
  std::string_view name;                      ///< "http"
  std::span<const std::string_view> schemes;  ///< schemes of targets that are of this kind
  /// Compiles a spec; reads the files it names. The error is one line, without file and position.
  /// Null for a kind that is passive: nothing of it is ever run.
  tl::expected<std::unique_ptr<Check>, std::string> (*make)(const CheckSpec& spec);
};

std::span<const Kind> AllKinds();
/// Null for a name that is none.
const Kind* FindKind(std::string_view name);
/// Compiles a check of whatever kind, with what is done to its addresses. Errors as of Kind::make.
/// REQUIRES: the kind is one of the table, and not passive.
tl::expected<std::unique_ptr<Check>, std::string> MakeCheck(const CheckSpec& spec);
/// Null for a scheme that no kind looks at.
const Kind* FindKindByScheme(std::string_view scheme);

}  // namespace gaikei
