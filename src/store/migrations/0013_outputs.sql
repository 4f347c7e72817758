-- Every blueprint that is kept says what its deployment tells about itself.
update deployments set blueprint = blueprint || '{"outputs": []}';
