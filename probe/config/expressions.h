#pragma once

#include <string>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

#include "checks/expect/expect.h"
#include "probe/config/reader.h"

namespace gaikei {

/// Compiles expectations, each different one once: thousands of checks ask for the same few.
class ExpressionCompiler {
 public:
  /// The expressions of an array of strings; what does not compile is an error at its column inside
  /// the string.
  std::vector<expect::Expression> Compile(const std::vector<const Node*>& texts,
                                          std::string_view kind, ErrorList& errors);

 private:
  using Result = tl::expected<expect::Expression, expect::CompileError>;
  std::unordered_map<std::string, Result> known_;  // by kind, a blank and the text
};

}  // namespace gaikei
