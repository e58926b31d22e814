# What `cmake --install` puts where: the programs, and the library as one archive with its public headers.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

invar_library(invar_api src/library invar_job)
target_include_directories(invar_api PUBLIC ${PROJECT_SOURCE_DIR}/include)

set(INVAR_ROOMS tensor backend law hdf5 data record report integrators models settings problem job api)
foreach(room ${INVAR_ROOMS})
  list(APPEND objects $<TARGET_OBJECTS:invar_${room}>)
endforeach()
add_library(invar STATIC ${objects})
set_target_properties(invar PROPERTIES LINKER_LANGUAGE CXX)
target_compile_features(invar INTERFACE cxx_std_20)
target_include_directories(invar INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(invar INTERFACE Threads::Threads OpenMP::OpenMP_CXX hdf5::hdf5 hdf5::hdf5_hl ZLIB::ZLIB
  ${SLEEF_LIBRARY} ${SUNDIALS_CVODE_LIBRARY} ${SUNDIALS_GENERIC_LIBRARY} quadmath)
set(INVAR_HAS_CUDA OFF)
set(pc_libs ${SUNDIALS_CVODE_LIBRARY} ${SUNDIALS_GENERIC_LIBRARY} ${SLEEF_LIBRARY} ${HDF5_C_LIBRARIES} ${HDF5_C_HL_LIBRARIES}
  ${ZLIB_LIBRARIES} -lquadmath -lgomp -lpthread)
if(NOT "src/backend/cuda/no_cuda.cpp" IN_LIST cuda_sources)
  set(INVAR_HAS_CUDA ON)
  target_link_libraries(invar INTERFACE CUDA::cudart_static ${CMAKE_DL_LIBS})
  list(APPEND pc_libs ${CUDAToolkit_LIBRARY_DIR}/libcudart_static.a -lrt -ldl)
endif()
list(JOIN pc_libs " " INVAR_PC_LIBS)

install(TARGETS ${INVAR_PROGRAMS} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS invar EXPORT invarTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/invar DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/invar)
install(EXPORT invarTargets NAMESPACE invar:: DESTINATION ${package})
configure_package_config_file(cmake/invarConfig.cmake.in invarConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(invarConfigVersion.cmake COMPATIBILITY SameMinorVersion)
# From where the file lies: `cmake --install --prefix` may choose another prefix.
file(RELATIVE_PATH INVAR_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/invar.pc.in invar.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/invarConfig.cmake ${PROJECT_BINARY_DIR}/invarConfigVersion.cmake DESTINATION ${package})
install(FILES ${PROJECT_BINARY_DIR}/invar.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
