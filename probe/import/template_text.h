#pragma once

#include <string>
#include <string_view>

namespace gaikei {

/// The text as a step has to hold it so that it means itself: a `${` in it is no reference
/// (checks/journey/template.h).
std::string TemplateText(std::string_view text);

}  // namespace gaikei
