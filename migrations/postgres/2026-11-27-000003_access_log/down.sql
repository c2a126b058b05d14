DROP TABLE access_subjects;
DROP TABLE accesses;
DROP TABLE access_heads;
