# Links the C and the C++ program with each of the two libraries: c_ftpclient, c_static, cpp_ftpclient, cpp_static.
set(LIBRARIES "ftpclient;static" CACHE STRING "The libraries to link with")
foreach(language c cpp)
  foreach(library IN LISTS LIBRARIES)
    add_executable(${language}_${library} ${CMAKE_CURRENT_LIST_DIR}/program.${language})
    target_link_libraries(${language}_${library} PRIVATE ftpclient::${library})
  endforeach()
endforeach()
