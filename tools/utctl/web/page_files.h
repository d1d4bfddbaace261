// The files of page/, as they are built in.
#pragma once

#include <string_view>

namespace ut::utctl::web {

extern const std::string_view kPageHtml;
extern const std::string_view kPageCss;
extern const std::string_view kPageJs;
extern const std::string_view kIconSvg;

}  // namespace ut::utctl::web
