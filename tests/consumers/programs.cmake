# Links the C and the C++ program with each of the two libraries: c_ftpclient, c_static, cpp_ftpclient, cpp_static.
foreach(language c cpp)
  foreach(library ftpclient static)
    add_executable(${language}_${library} ${CMAKE_CURRENT_LIST_DIR}/program.${language})
    target_link_libraries(${language}_${library} PRIVATE ftpclient::${library})
  endforeach()
endforeach()
