// Runs code that may touch memory it should not.
#pragma once

#include <functional>
#include <string>

namespace host {

// Runs the body; returns what went wrong if it touched a page that guards an allocation, or nothing.
std::string guarded(const std::function<void()>& body);

}  // namespace host
