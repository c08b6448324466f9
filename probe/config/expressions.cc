#include "probe/config/expressions.h"

#include <fmt/format.h>

namespace gaikei {

std::vector<expect::Expression> ExpressionCompiler::Compile(const std::vector<const Node*>& texts,
                                                            std::string_view kind,
                                                            ErrorList& errors) {
  std::vector<expect::Expression> expressions;
  expressions.reserve(texts.size());
  for (const Node* node : texts) {
    const std::string key = fmt::format("{} {}", kind, node->text);
    auto it = known_.find(key);
    if (it == known_.end()) {
      it = known_.emplace(key, expect::Expression::Compile(node->text, kind)).first;
    }
    if (it->second) {
      expressions.push_back(*it->second);
      continue;
    }
    const expect::CompileError& error = it->second.error();
    const Position position = PositionInString(*node, error.column);
    errors.Add(position, position.line != 0
                             ? error.message
                             : fmt::format("column {}: {}", error.column + 1, error.message));
  }
  return expressions;
}

}  // namespace gaikei
